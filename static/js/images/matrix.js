/* The grid of frames: filter, keyboard, density, contact sheet. Of a long one only some rows are here; then beats.js knows the rest
   and blocks.js fetches what is needed. */
import { allBeats, beatOf, isLong, whereIs } from "./beats.js";
import { fitGaps, freeGaps, readBlocks, thumbAt } from "./blocks.js";
import { all, byId, find, following, memory } from "../dom.js";

// ---------- density
const DENSITIES = ["large", "comfortable", "compact"];

export function chooseDensity(density) {
  document.body.dataset.density = density;
  memory.set("density", density);
  freeGaps();
  showDensity();
}

export const nextDensity = () => chooseDensity(following(DENSITIES, document.body.dataset.density));

function showDensity() {
  find(`#toolbar [name=density][value=${document.body.dataset.density}]`).checked = true;
}

// ---------- filter: rows are hidden
const FILTERS = {
  stale: '[data-truth="stale"]',
  blocked: '[data-truth="blocked"]',
  locked: '[data-marks~="locked"]',
  starred: '[data-marks~="starred"]',
  flagged: '[data-marks~="flagged"]',
};
const phrases = new WeakMap();
const changedRows = new Set();
const changedBeats = new Set();

function phrase(row) {
  if (!phrases.has(row)) phrases.set(row, find(".beat", row).textContent.toLowerCase());
  return phrases.get(row);
}

export function applyFilter(rows = all("#matrix .row"), beats = allBeats()) {
  const status = find("#toolbar [name=status]:checked")?.value ?? "all";
  const wanted = FILTERS[status] ?? `[data-status="${status}"]`;
  const words = byId("find").value.trim().toLowerCase();
  const groups = new Set();
  for (const beat of beats) {
    beat.shown = (status === "all" || beat.cells.some((cell) => cell?.includes(status))) && (!words || beat.text.includes(words));
  }
  for (const row of rows) {
    const shown = beatOf(row)?.shown ?? ((status === "all" || find(wanted, row)) && (!words || phrase(row).includes(words)));
    const hide = !shown && !row.contains(document.activeElement); // never pull a row away from under the reader
    if (row.hidden !== hide) {
      row.hidden = hide;
      groups.add(row.parentNode);
    }
  }
  for (const group of groups) group.hidden = !find(".row:not([hidden])", group);
  if (isLong()) fitGaps(beats === allBeats() ? null : new Set(beats.map(({ block }) => block)));
  byId("nomatch").hidden = Boolean(find("#matrix .row:not([hidden])")) || allBeats().some(({ shown }) => shown);
  keepTabStop();
}

function filterLater(row, beat) {
  if (!changedRows.size && !changedBeats.size) {
    requestAnimationFrame(() => {
      applyFilter([...changedRows].filter((each) => each.isConnected), [...changedBeats]);
      changedRows.clear();
      changedBeats.clear();
    });
  }
  if (row) changedRows.add(row);
  if (beat) changedBeats.add(beat);
}

/* A beat's states changed, whether or not its row is here. */
export const beatChanged = (beat) => filterLater(byId(beat.id), beat);

export function showStatus(status) {
  byId("filter-" + status).checked = true;
  applyFilter();
}

export function clearFilter() {
  byId("find").value = "";
  showStatus("all");
}

// ---------- keyboard: one tab stop, arrows inside
let tabStop = ""; // the id of the thumbnail that Tab reaches

export const tabStopThumb = () => byId(tabStop);

export function setTabStop(thumb) {
  const before = byId(tabStop);
  if (before) before.tabIndex = -1;
  tabStop = thumb.id;
  thumb.tabIndex = 0;
}

export function keepTabStop() {
  if (byId(tabStop)?.closest(".row:not([hidden])")) return;
  const first = find("#matrix .row:not([hidden]) a.thumb");
  if (first) setTabStop(first);
}

export function goTo(thumb) {
  if (thumb instanceof Promise) return void thumb.then(goTo);
  if (!thumb) return;
  setTabStop(thumb);
  thumb.focus();
  thumb.closest(".cell").scrollIntoView({ block: "nearest" });
}

/* Where a key leads from here: a thumbnail, null at an edge, undefined when the key is none that moves. */
export function beside(thumb, key, far) {
  const row = thumb.closest(".row");
  const column = [...row.children].indexOf(thumb.closest("td"));
  if (isLong() && (key === "ArrowDown" || key === "ArrowUp")) return alongBeats(row, column, key === "ArrowDown" ? 1 : -1);
  if (isLong() && far && (key === "Home" || key === "End")) return farBeat(key === "End");
  const rows = () => all("#matrix .row:not([hidden])");
  const inRow = (there = row) => all("a.thumb", there);
  const sideways = (step) => inRow()[inRow().indexOf(thumb) + step] ?? null;
  const along = (step) => {
    const list = rows();
    for (let place = list.indexOf(row) + step; list[place]; place += step) {
      const there = find("a.thumb", list[place].children[column]);
      if (there) return there;
    }
    return null;
  };
  switch (key) {
    case "ArrowDown": return along(1);
    case "ArrowUp": return along(-1);
    case "ArrowRight": return sideways(1);
    case "ArrowLeft": return sideways(-1);
    case "Home": return inRow(far ? rows().at(0) : row).at(0);
    case "End": return inRow(far ? rows().at(-1) : row).at(-1);
    default: return undefined;
  }
}

const shownBeats = () => allBeats().filter(({ shown }) => shown);

function alongBeats(row, column, step) {
  const beats = allBeats();
  for (let place = beatOf(row).place + step; beats[place]; place += step) {
    if (beats[place].shown && beats[place].cells[column - 1]) return thumbAt(beats[place], column);
  }
  return null;
}

function farBeat(last) {
  const beat = shownBeats().at(last ? -1 : 0);
  const column = last ? beat?.cells.findLastIndex(Boolean) : beat?.cells.findIndex(Boolean);
  return beat ? thumbAt(beat, column + 1) : null;
}

function nextErrorOfBeats() {
  const errors = () => shownBeats().flatMap((beat) => beat.cells.flatMap((cell, place) => (cell?.includes("error") ? [{ beat, column: place + 1 }] : [])));
  if (!errors().length && allBeats().some(({ cells }) => cells.some((cell) => cell?.includes("error")))) clearFilter();
  const list = errors();
  const thumb = byId(tabStop);
  const here = thumb && whereIs(thumb.id.slice("open-".length));
  const begun = here && (thumb === document.activeElement || thumb.closest('[data-status="error"]'));
  const isLater = ({ beat, column }) => beat.place > here.beat.place || (beat.place === here.beat.place && column > here.column);
  const next = (begun && list.find(isLater)) || list[0];
  if (next) goTo(thumbAt(next.beat, next.column));
}

/* To the first beat that the filter shows. */
export function goToFirst() {
  const beat = shownBeats()[0];
  goTo(beat ? farBeat(false) : find("#matrix .row:not([hidden]) a.thumb"));
}

/* To a frame, by its id, if the filter shows it; else to where Tab leads. */
export function goToFrame(frame) {
  const thumb = byId("open-" + frame);
  const there = thumb || !isLong() ? null : whereIs(frame);
  if (there?.beat.shown) goTo(thumbAt(there.beat, there.column));
  else goTo(thumb?.closest(".row:not([hidden])") ? thumb : tabStopThumb());
}

export function nextError() {
  if (isLong()) return void nextErrorOfBeats();
  const errors = () => all('#matrix .row:not([hidden]) .cell[data-status="error"] a.thumb');
  if (!errors().length && find('#matrix .cell[data-status="error"]')) clearFilter();
  const list = errors();
  const here = byId(tabStop);
  const begun = here === document.activeElement || here?.closest('[data-status="error"]');
  const isLater = (thumb) => here.compareDocumentPosition(thumb) & Node.DOCUMENT_POSITION_FOLLOWING;
  goTo((begun && list.find(isLater)) || list[0]);
}

// ---------- the page's moments
export function prepareMatrix() {
  readBlocks();
  for (const thumb of all("#matrix a.thumb")) thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
  showDensity();
  applyFilter();
}

/* A row far from what is seen is skipped by the browser; the picture of any other is fetched at once, not a frame later. */
const skipped = new WeakSet();
document.addEventListener("contentvisibilityautostatechange", (event) => {
  if (event.skipped) skipped.add(event.target);
  else skipped.delete(event.target);
}, true);

export function cellCame(cell) {
  const picture = find("img", cell);
  if (picture && !skipped.has(cell.closest(".row"))) picture.loading = "eager";
  const thumb = find("a.thumb", cell);
  thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
  filterLater(cell.closest(".row"), null);
}

/* A long matrix is printed from the page that has all its rows. */
export const printAll = () => location.assign(byId("matrix").dataset.whole + "#print");

export async function printSheet(button) {
  button.disabled = true;
  const pictures = all("#matrix img");
  for (const picture of pictures) picture.loading = "eager"; // a lazy picture below the fold would print empty
  const loaded = Promise.allSettled(pictures.map((picture) => picture.decode()));
  await Promise.race([loaded, new Promise((done) => setTimeout(done, 15000))]);
  button.disabled = false;
  print();
}
