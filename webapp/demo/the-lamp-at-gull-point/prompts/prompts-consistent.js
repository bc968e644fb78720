export const prompts = [
  {
    "shot_number": "1",
    "beat_number": "1.1",
    "script_phrase": "On a rock at the edge of the sea stood a lighthouse, and in it lived a girl named Wren.",
    "transition_type": "H",
    "ai_prompt": "Wide view at dusk: Wren on a low shore looks across the sea to a lighthouse on its rock, sun in rust orange touching the water. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.2",
    "script_phrase": "Every evening her father carried a small brass lamp up one hundred and nine steps.",
    "transition_type": "S",
    "ai_prompt": "Night, inside the tower: Wren follows her father up the winding stairs of the lighthouse, he carries a brass lamp, their shadows on the wall. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.3",
    "script_phrase": "He lit it with both hands, the way one holds a bird.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up at night: her father's two hands around the brass lamp, flame in the middle, cuffs of a rust-red coat. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.1",
    "script_phrase": "In November a storm came that lasted three days.",
    "transition_type": "Hard Cut",
    "ai_prompt": "Wide view of the storm: Wren holds on to her hat on the rock, teal waves, lightning over the lighthouse, rain. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.2",
    "script_phrase": "On the third night the window broke, and the wind took the lamp.",
    "transition_type": "S",
    "ai_prompt": "Night storm in the lantern room: Wren stands by the broken window, the curtain blows in, the table is empty. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.3",
    "script_phrase": "It did not sink. It drifted away, still burning, over the black water.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide view at night: Wren on the shore watches the lamp drift out on the dark sea, burning, under stars and a moon. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.1",
    "script_phrase": "At dawn Wren untied the little boat and rowed after it.",
    "transition_type": "Hard Cut",
    "ai_prompt": "Dawn: Wren rows a small boat over the quiet sea, an orange sun behind an island, gulls. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.2",
    "script_phrase": "In the village she asked at every door along the street.",
    "transition_type": "S",
    "ai_prompt": "Midday: Wren walks up the village street between crooked gabled houses and knocks at every door. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.3",
    "script_phrase": "A peddler had seen a light between the trees, so she followed the path into the forest.",
    "transition_type": "S",
    "ai_prompt": "Late autumn: Wren on a path in a forest of tall trunks, falling leaves, a lantern light between the trees. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.1",
    "script_phrase": "It stood in a cottage window in the snow, where a widow was waiting for her son.",
    "transition_type": "H",
    "ai_prompt": "Winter night: Wren in front of a cottage in the snow, the brass lamp in its window, firs, falling snow. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.2",
    "script_phrase": "Wren did not ask for it back. She wrote one line and left it at the door.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up: Wren's hand writes a letter with one line on a table, rust-red sleeve, an envelope beside it. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.3",
    "script_phrase": "The next night the ship saw not one light on the rock, but forty.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide view at night: Wren on the shore, the lighthouse bright with forty lanterns down the rock, the ship coming in over the sea. Limited palette of ochre, rust and teal, flat print look. Wren is the same in every picture: nine years old, yellow sou'wester, rust-red coat, dark boots. 16:9, no text."
  }
];
