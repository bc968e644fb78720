/* The grid of frames: filter, keyboard, density, contact sheet. Nothing here asks the server. */
import { all, byId, find, following, memory } from "./dom.js";

// ---------- density
const DENSITIES = ["large", "comfortable", "compact"];

export function chooseDensity(density) {
  document.body.dataset.density = density;
  memory.set("density", density);
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

function phrase(row) {
  if (!phrases.has(row)) phrases.set(row, find(".beat", row).textContent.toLowerCase());
  return phrases.get(row);
}

export function applyFilter(rows = all("#matrix .row")) {
  const status = find("#toolbar [name=status]:checked")?.value ?? "all";
  const wanted = FILTERS[status] ?? `[data-status="${status}"]`;
  const words = byId("find").value.trim().toLowerCase();
  const groups = new Set();
  for (const row of rows) {
    const shown = (status === "all" || find(wanted, row)) && (!words || phrase(row).includes(words));
    const hide = !shown && !row.contains(document.activeElement); // never pull a row away from under the reader
    if (row.hidden !== hide) {
      row.hidden = hide;
      groups.add(row.parentNode);
    }
  }
  for (const group of groups) group.hidden = !find(".row:not([hidden])", group);
  byId("nomatch").hidden = Boolean(find("#matrix .row:not([hidden])"));
  keepTabStop();
}

function filterLater(row) {
  if (!changedRows.size) requestAnimationFrame(() => { applyFilter([...changedRows]); changedRows.clear(); });
  changedRows.add(row);
}

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
  if (!thumb) return;
  setTabStop(thumb);
  thumb.focus();
  thumb.closest(".cell").scrollIntoView({ block: "nearest" });
}

/* Where a key leads from here: a thumbnail, null at an edge, undefined when the key is none that moves. */
export function beside(thumb, key, far) {
  const row = thumb.closest(".row");
  const column = [...row.children].indexOf(thumb.closest("td"));
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

export function nextError() {
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
  for (const thumb of all("#matrix a.thumb")) thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
  showDensity();
  applyFilter();
}

export function cellCame(cell) {
  const thumb = find("a.thumb", cell);
  thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
  filterLater(cell.closest(".row"));
}

export async function printSheet(button) {
  button.disabled = true;
  const pictures = all("#matrix img");
  for (const picture of pictures) picture.loading = "eager"; // a lazy picture below the fold would print empty
  const loaded = Promise.allSettled(pictures.map((picture) => picture.decode()));
  await Promise.race([loaded, new Promise((done) => setTimeout(done, 15000))]);
  button.disabled = false;
  print();
}
