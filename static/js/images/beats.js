/* The beats of a long matrix. The page holds some blocks of rows (blocks.js); of every beat it has one line (#beats), so that find,
   filter, keys and jumps go over all of them. */
import { byId, find } from "../dom.js";

const WORDS = { p: "pending", g: "generating", c: "complete", x: "exists", e: "error", S: "stale", B: "blocked", R: "retry", L: "locked", T: "starred", F: "flagged" };

let beats = []; // in story order: id, place, block, shot, text, cells (words, or null, by column), shown
let byRow = new Map();
let styles = [];
let changed = () => {}; // a beat's states changed

export const isLong = () => beats.length > 0;
export const allBeats = () => beats;
export const beatOf = (row) => byRow.get(row?.id);

export function watchBeats(onChanged) {
  changed = onChanged;
}

/* The page is there, or there anew: how many beats each block has, and the styles by column. */
export function readBeats(sizes, names) {
  const lines = byId("beats")?.textContent.split("\n") ?? [];
  const owner = sizes.flatMap((size, block) => Array(size).fill(block));
  styles = names;
  beats = lines.filter(Boolean).map((line, place) => {
    const [shot, number, phrase, ...states] = line.split("\t");
    const cells = states.map((state) => (state === "-" ? null : [...state].map((letter) => WORDS[letter])));
    return { id: `beat-${shot}-${number}`.replaceAll(".", "_"), place, block: owner[place], shot, text: (number + phrase).toLowerCase(), cells, shown: true };
  });
  byRow = new Map(beats.map((beat) => [beat.id, beat]));
}

/* The beat and the column of a frame by its id, `<style>-<shot>-<beat>`. */
export function whereIs(frame) {
  const [, style, key] = /^(.*)-([^-]+-[^-]+)$/.exec(frame) ?? [];
  const beat = byRow.get("beat-" + key);
  return beat && { beat, column: styles.indexOf(style) + 1 };
}

/* The ids of the frames with this word, of all beats or only those that are shown. */
export function framesThatAre(words, shownOnly) {
  const fits = (cell) => words.some((word) => cell?.includes(word));
  const named = (beat) => beat.cells.flatMap((cell, column) => (fits(cell) ? [`${styles[column]}-${beat.id.slice("beat-".length)}`] : []));
  return beats.filter((beat) => beat.shown || !shownOnly).flatMap(named);
}

/* A cell shows how its frame stands now. */
export function learn(cell) {
  const { status, style, truth, marks } = cell.dataset;
  const beat = byRow.get("beat-" + cell.id.slice(`cell-${style}-`.length));
  if (!beat) return;
  const words = [status, ...(truth ? [truth] : []), ...(marks ? marks.split(" ") : [])];
  if (find('.mini--on[formaction="images/regenerate"]', cell)) words.push("retry");
  const column = styles.indexOf(style);
  if (String(beat.cells[column]) === String(words)) return;
  beat.cells[column] = words;
  changed(beat);
}
