export const prompts = [
  {
    "shot_number": "1",
    "beat_number": "1.1",
    "script_phrase": "On a rock at the edge of the sea stood a lighthouse, and in it lived a girl named Wren.",
    "transition_type": "H",
    "ai_prompt": "Wide view: a lighthouse on a rock at the edge of the sea, evening sun half down behind an island, three gulls, long calm horizon. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.2",
    "script_phrase": "Every evening her father carried a small brass lamp up one hundred and nine steps.",
    "transition_type": "S",
    "ai_prompt": "A tower's winding stairs from below at night, a man with a lantern in his hand climbing, one arched window, the moon outside. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "1",
    "beat_number": "1.3",
    "script_phrase": "He lit it with both hands, the way one holds a bird.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up at night: two hands around a small lamp, the flame between them, nothing else. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.1",
    "script_phrase": "In November a storm came that lasted three days.",
    "transition_type": "Hard Cut",
    "ai_prompt": "Wide view: a storm, five rows of waves like combs, lightning, rain in slanting strokes, the lighthouse small at the edge. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.2",
    "script_phrase": "On the third night the window broke, and the wind took the lamp.",
    "transition_type": "S",
    "ai_prompt": "A room at night in a storm: window with a broken pane, one curtain blowing inward, rain behind it, an empty table below. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "2",
    "beat_number": "2.3",
    "script_phrase": "It did not sink. It drifted away, still burning, over the black water.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide view: night, the sea as a few level strokes, stars, and a tiny lamp afloat in the middle with its light in the water. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.1",
    "script_phrase": "At dawn Wren untied the little boat and rowed after it.",
    "transition_type": "Hard Cut",
    "ai_prompt": "A girl alone in a rowing boat, oars out, flat sea, sunrise on the horizon, one island. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of coral, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.2",
    "script_phrase": "In the village she asked at every door along the street.",
    "transition_type": "S",
    "ai_prompt": "A village street in perspective, gabled houses left and right, doors and shutters, cobbles, a girl seen from afar, morning. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of mint, 16:9, no text."
  },
  {
    "shot_number": "3",
    "beat_number": "3.3",
    "script_phrase": "A peddler had seen a light between the trees, so she followed the path into the forest.",
    "transition_type": "S",
    "ai_prompt": "A forest of tall bare trunks in autumn, a path between them, a girl, a small lantern light in the distance. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of mint, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.1",
    "script_phrase": "It stood in a cottage window in the snow, where a widow was waiting for her son.",
    "transition_type": "H",
    "ai_prompt": "A cottage in the snow at night, a lamp in its window, firs, chimney smoke, snowflakes as dots. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.2",
    "script_phrase": "Wren did not ask for it back. She wrote one line and left it at the door.",
    "transition_type": "Match Cut",
    "ai_prompt": "Close-up: a letter with one written line, a hand with a pen, an envelope at the edge. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  },
  {
    "shot_number": "4",
    "beat_number": "4.3",
    "script_phrase": "The next night the ship saw not one light on the rock, but forty.",
    "transition_type": "Dissolve",
    "ai_prompt": "Wide view: night, the lighthouse with lights in every window and a chain of lanterns along the rock, a ship under sail near it, stars. Clean ink drawing on white, even outlines, generous empty space, a single accent tint of yellow, 16:9, no text."
  }
];
