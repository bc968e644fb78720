/* The list of what comes next: a row is dragged by its grip, with mouse, pen or finger; its buttons do the same. */
import { all, byId, find } from "../dom.js";

const MARGIN = 40; // pixels at the edges of the dialog at which it scrolls while a row is dragged

let drag = null; // the row that is dragged, and who stood behind it
let reading = false;
let stale = false;

/* The queue changed: an open list is read anew, one reading at a time, and never under a row that is being dragged. */
export async function queueCame() {
  stale = Boolean(byId("line"));
  if (!stale || reading || drag) return;
  reading = true;
  while (stale && !drag && byId("line")) {
    stale = false;
    const line = byId("line");
    const focused = line.contains(document.activeElement) ? document.activeElement.id : "";
    await htmx.ajax("GET", line.dataset.again, { source: line, target: line, swap: "outerMorph" });
    if (focused && document.activeElement?.id !== focused) (byId(focused) ?? byId("sheet-h"))?.focus({ preventScroll: true });
    await new Promise((done) => setTimeout(done, 300));
  }
  reading = false;
}

const behind = (row) => row.nextElementSibling;

export function dragBegins(event) {
  const row = event.button === 0 && event.target.closest?.("#line .grip")?.closest("li");
  if (!row) return;
  event.preventDefault();
  drag = { row, before: behind(row), pointer: event.pointerId };
  row.parentNode.setPointerCapture(event.pointerId); // not the row: it is taken out and put back while it moves
  row.classList.add("is-dragged");
}

export function dragMoves(event) {
  if (event.pointerId !== drag?.pointer) return;
  const { row } = drag;
  const middle = (other) => { const box = other.getBoundingClientRect(); return box.top + box.height / 2; };
  const next = all("li", row.parentNode).find((other) => other !== row && event.clientY < middle(other)) ?? null;
  if (next !== behind(row)) row.parentNode.insertBefore(row, next);
  const room = row.closest("dialog") ?? document.scrollingElement;
  const box = room.getBoundingClientRect();
  if (event.clientY > Math.min(box.bottom, innerHeight) - MARGIN) room.scrollTop += MARGIN / 4;
  else if (event.clientY < Math.max(box.top, 0) + MARGIN) room.scrollTop -= MARGIN / 4;
}

export function dragEnds(event) {
  if (event.pointerId !== drag?.pointer) return;
  const { row, before } = drag;
  drag = null;
  row.classList.remove("is-dragged");
  if (!row.isConnected) return; // the dialog was closed meanwhile: nothing is moved
  if (event.type !== "pointerup") row.parentNode.insertBefore(row, before);
  else if (behind(row) !== before) place(row);
  if (stale) queueCame();
}

function place(row) {
  const { move, rest } = byId("line").dataset;
  const values = { frame: row.dataset.frame, before: behind(row)?.dataset.frame ?? rest, queue: "1" };
  htmx.ajax("POST", move, { source: byId("line"), swap: "none", values });
}

/* Shift and the arrows up and down, from wherever the focus is in a row. */
export function moveRow(event) {
  const row = event.shiftKey && event.target.closest?.("#line li");
  const by = { ArrowUp: "earlier", ArrowDown: "later" }[event.key];
  if (!row || !by) return;
  event.preventDefault();
  find(`[value=${by}]`, row).click();
}
