/* Single keys. Off inside fields, in dialogs (but J and K), and when the reader switched them off. */
import { isLong } from "../images/beats.js";
import { byId, find, memory } from "../dom.js";
import { keyOnCell, moveInQueue } from "../images/frame-actions.js";
import { beside, goTo, nextDensity, nextError, printAll, showStatus } from "../images/matrix.js";

const STATUSES = ["all", "pending", "generating", "complete", "exists", "error"];
const FIELDS = "input:not([type=radio], [type=checkbox]), textarea, select";

export const singleKeys = () => memory.get("keys") !== "off";
export const setSingleKeys = (on) => memory.set("keys", on ? "on" : "off");

export function keyPressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "p" && isLong()) { // the sheet has all beats, the page does not
    event.preventDefault();
    printAll();
    return;
  }
  const thumb = event.target.closest?.("#matrix a.thumb");
  if (thumb && event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown") && moveInQueue(thumb, event.key === "ArrowDown")) {
    event.preventDefault();
    return;
  }
  const there = thumb && !event.metaKey && !event.altKey ? beside(thumb, event.key, event.ctrlKey) : undefined;
  if (there !== undefined) {
    event.preventDefault();
    goTo(there);
  } else if (singleKeys() && !event.isComposing && !(event.ctrlKey || event.metaKey || event.altKey) && !event.target.matches?.(FIELDS)) {
    pressSingle(event);
  }
}

function pressSingle(event) {
  const key = event.key.toLowerCase();
  const neighbour = { j: "next", k: "previous" }[key];
  if (neighbour) return find(`dialog[open] [data-frame-link=${neighbour}], .framepage [data-frame-link=${neighbour}], .peditor [data-frame-link=${neighbour}]`)?.click();
  if (find("dialog[open]")) return undefined;
  if (key === "?") return byId("dlg-keys").showModal();
  if (key === "/" && byId("find")) {
    event.preventDefault();
    byId("find").focus();
    return byId("find").select();
  }
  if (/^[a-z]$/.test(key) && find(`[data-key="${key}"]`)) return find(`[data-key="${key}"]:not(:disabled)`)?.click();
  if (byId("matrix") && !keyOnCell(key)) pressInMatrix(key);
  return undefined;
}

function pressInMatrix(key) {
  if (/^[0-5]$/.test(key)) showStatus(STATUSES[key]);
  else if (key === "e") nextError();
  else if (key === "c") nextDensity();
  else if (key === "l") byId("log").toggleAttribute("open");
}
