export const prompts = [
  { shot_number: 1, beat_number: "1.1",
    ai_prompt: `A ${colour} stair.` },
];
