export const prompts = [
  {
    "shot_number": 1,
    "beat_number": "1.1",
    "script_phrase": "The keeper climbs the stairs.",
    "transition_type": "h",
    "ai_prompt": "Wide shot of a lighthouse keeper on a spiral stair, lamp in hand, warm light from below."
  },
  {
    "shot_number": 1,
    "beat_number": "1.2",
    "script_phrase": "Halfway up she stops and listens.",
    "transition_type": "s",
    "ai_prompt": "Close-up of the keeper's face, one hand on the cold wall, listening."
  },
  {
    "shot_number": 2,
    "beat_number": "2.1",
    "script_phrase": "Out at sea, a small boat turns.",
    "transition_type": "h",
    "ai_prompt": "A small fishing boat turning in a grey swell, seen from high above; \"no lights\" aboard."
  },
  {
    "shot_number": 2,
    "beat_number": "2.10",
    "script_phrase": "She lights the lamp.",
    "transition_type": "s",
    "ai_prompt": "Medium shot of the lamp room at night, the great lens beginning to glow."
  }
];
