/* Focus survives every swap. */
import { byId } from "./dom.js";

let focusedId = "";
let inControls = false;

export function noteFocus(element) {
  focusedId = element.id;
  inControls = Boolean(element.closest("#controls"));
}

/* The button just pressed may be gone: stay among the controls instead of falling back to the top of the page. */
export function keepFocus() {
  if (!inControls || (document.activeElement && document.activeElement !== document.body)) return;
  const same = byId(focusedId);
  (same && !same.disabled ? same : byId("controls")).focus({ preventScroll: true });
}
