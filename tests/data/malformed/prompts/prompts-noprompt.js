export const prompts = [
  { shot_number: 1, beat_number: "1.1", ai_prompt: "A stair." },
  { shot_number: 1, beat_number: "1.2", ai_prompt: "" },
];
