import fs from "fs";

export const prompts = JSON.parse(fs.readFileSync("beats.json"));
