export const prompts = [
  {
    "shot_number": "1",
    "beat_number": "1.1",
    "script_phrase": "On a rock at the edge of the sea stood a lighthouse, and in it lived a girl named Wren.",
    "transition_type": "H",
    "ai_prompt": "Wide view of a lighthouse with red and white bands on a dark rock at the edge of the sea, sunset behind low islands, the sky orange above and gold at the horizon, gulls wheeling around the lantern room, its first beam reaching across the calm water. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.2",
    "script_phrase": "Every evening her father carried a small brass lamp up one hundred and nine steps.",
    "transition_type": "S",
    "ai_prompt": "Inside the round tower of a lighthouse at night: a man in a rust-red coat climbs the winding stone stairs with a small brass lamp in his hand, its glow sliding along the curved wall, an arched window with the moon in it, an iron rail leading the eye upwards. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.3",
    "script_phrase": "He lit it with both hands, the way one holds a bird.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up of two hands folded gently around a small brass lamp, the flame just lit and standing tall, warm lamplight on fingers and cuffs, darkness all around. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.1",
    "script_phrase": "In November a storm came that lasted three days.",
    "transition_type": "Hard Cut",
    "ai_prompt": "Wide view of a storm at sea: steep waves with torn white crests roll against a rock with a lighthouse on it, lightning splits a ceiling of heavy slate clouds, slanting rain, cold blue and grey with a single warm beam. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.2",
    "script_phrase": "On the third night the window broke, and the wind took the lamp.",
    "transition_type": "S",
    "ai_prompt": "Interior of the lantern room on a stormy night, the big window broken, a red curtain flung into the room by the wind, rain outside, the wooden table underneath empty where the lamp stood. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.3",
    "script_phrase": "It did not sink. It drifted away, still burning, over the black water.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide night sea, black and calm, a sky full of stars and a high moon: far out a small brass lamp floats upright on the water, still burning, a golden path of light below it. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.1",
    "script_phrase": "At dawn Wren untied the little boat and rowed after it.",
    "transition_type": "Hard Cut",
    "ai_prompt": "Medium view of a girl in a yellow hat rowing a small wooden boat over a flat sea at dawn, coral sky, pale sun just above the horizon, islands in lilac haze, two gulls overhead. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.2",
    "script_phrase": "In the village she asked at every door along the street.",
    "transition_type": "S",
    "ai_prompt": "Medium view down a narrow village street at noon on market day, crooked gabled houses painted in many colours, every door closed, cobbles running to the vanishing point, a small girl in a yellow hat walks up the middle, asking. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.3",
    "script_phrase": "A peddler had seen a light between the trees, so she followed the path into the forest.",
    "transition_type": "S",
    "ai_prompt": "Medium view into a bare autumn forest, tall trunks in amber haze, last leaves falling, a girl on a narrow path, and far between the trees a single warm lantern light. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.1",
    "script_phrase": "It stood in a cottage window in the snow, where a widow was waiting for her son.",
    "transition_type": "H",
    "ai_prompt": "Medium view of a cottage in deep snow on a winter night, smoke from the chimney, firs heavy and dark behind it; in the lit window stands a small brass lamp, its light falling on the drifts; snowflakes in the air. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.2",
    "script_phrase": "Wren did not ask for it back. She wrote one line and left it at the door.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up of a letter on a wooden table by lamplight: one line of handwriting, a child's hand with a blue pen, an envelope underneath, a drop of red sealing wax. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.3",
    "script_phrase": "The next night the ship saw not one light on the rock, but forty.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide night view of the rock with the lighthouse, lights in every window and forty lanterns in a chain down the rock, stars above, a three-masted ship with lit portholes coming home over the dark sea. Storybook gouache illustration, flat layered shapes, soft edges, gentle grain, rich palette, 16:9, no text."
  }
];
