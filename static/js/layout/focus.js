/* Focus survives every swap. Who pressed a button that is gone by then stays where it was, instead of falling back to the top
   of the page; who clicked on nothing in particular is left alone. */
import { byId, find } from "../dom.js";

const PLACES = [
  ["#controls", () => byId("controls")],
  ["#drawer", () => byId("drawer-h")],
  ["#matrix td.cell", (cell) => find("a.thumb", byId(cell) ?? document.createElement("td"))],
  ["#toolbar, #bulk", () => find("#toolbar [name=status]:checked")],
];

let focused = null; // the id of the element, the way to what stands in for it, and the id of its place

export function noteFocus(element) {
  const place = PLACES.find(([selector]) => element.closest(selector));
  focused = place ? { id: element.id, instead: place[1], within: element.closest(place[0]).id } : null;
}

export function forgetFocus() {
  focused = null;
}

export function keepFocus() {
  if (!focused || (document.activeElement && document.activeElement !== document.body)) return;
  const same = byId(focused.id);
  (same && !same.disabled ? same : focused.instead(focused.within))?.focus({ preventScroll: true });
}
