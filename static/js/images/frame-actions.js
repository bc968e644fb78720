/* Commands for frames: the one form of the matrix, keys on the focused cell, the dialog of a style, a shot or a beat, notes. */
import { framesThatAre, isLong } from "./beats.js";
import { all, byId, find } from "../dom.js";
import { tabStopThumb } from "./matrix.js";

function send(action, values) {
  htmx.ajax("POST", action, { source: byId("frame-form"), swap: "none", values });
}

/* A button of the matrix was pressed. Only where a filter is on, the failed images that it shows are named one by one. */
export function frameFormSent(button) {
  if (!button) return;
  if (!("retryShown" in button.dataset)) return send(button.formAction, { [button.name]: button.value });
  const shown = failedFrames(true);
  const hidden = shown.length < failedFrames(false).length;
  return send(button.formAction, hidden ? { frames: shown.join(" ") } : {});
}

function failedFrames(shownOnly) {
  if (isLong()) return framesThatAre(["error", "retry"], shownOnly);
  const cells = all('#matrix .cell[data-status="error"], #matrix .cell:has(.mini[formaction="images/regenerate"].mini--on)');
  return cells.filter((cell) => !shownOnly || !cell.closest(".row").hidden).map((cell) => cell.id.slice("cell-".length));
}

/* G, R, Shift and the arrows up and down, on the focused cell. Whether the key was one of them. */
export function keyOnCell(key) {
  const cell = document.activeElement?.closest?.("#matrix td.cell");
  if (!cell) return false;
  const press = (selector) => find(selector, cell)?.click();
  if (key === "g") press('.mini[formaction$="/generate"]');
  else if (key === "r") press('.mini[formaction$="/regenerate"], .mini--on[formaction$="/generate"]');
  else return false;
  return true;
}

export function moveInQueue(thumb, later) {
  const cell = thumb.closest("td.cell");
  if (cell.dataset.status !== "pending") return false;
  const action = byId("frame-form").action.replace(/generate$/, "move");
  send(action, { frame: cell.id.slice("cell-".length), by: later ? "later" : "earlier" });
  return true;
}

/* The buttons of a cell are tab stops only in the cell that is one itself. */
export function keepCellStops() {
  const here = tabStopThumb()?.closest("td.cell");
  for (const button of all('#matrix .mini[tabindex="0"]')) button.tabIndex = -1;
  if (here) for (const button of all(".mini", here)) button.tabIndex = 0;
}

export function quietCell(cell) {
  const stop = cell.contains(tabStopThumb());
  for (const button of all(".mini", cell)) button.tabIndex = stop ? 0 : -1;
}

// ---------- the dialog
let opener = "";

export function openSheet(link) {
  if (!link.closest("#sheet")) opener = link.id || link.getAttribute("href");
  const sheet = byId("sheet");
  htmx.ajax("GET", link.getAttribute("href"), { source: sheet, swap: "none" });
}

export function sheetCame(sheet) {
  if (find("[data-opens]", sheet)) {
    if (!sheet.open) sheet.showModal();
    byId("sheet-h").focus();
  } else if (sheet.open) sheet.close();
}

export function sheetClosed(sheet) {
  sheet.replaceChildren();
  (byId(opener) ?? find(`[data-sheet][href="${CSS.escape(opener)}"]`))?.focus();
}

// ---------- a note saves itself when it is left
export function leftField(field) {
  if (field.matches?.("[data-autosave] textarea") && field.value !== field.defaultValue) {
    field.defaultValue = field.value;
    field.form.requestSubmit();
  }
}
