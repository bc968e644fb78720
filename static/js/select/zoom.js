/* Zoom of pictures that are compared: all of them show the same part, side by side and at full size, since the place is kept
   once, in fractions of a picture. It lies on the root element, which no swap replaces. */
const MOST = 8;
const STEP = 1.5;
const NUDGE = 0.15; // of what is seen
const CLICK = 4; // pixels a pointer may tremble and still click

const HOME = { zoom: 1, x: 0.5, y: 0.5 };
let view = { ...HOME };

function show(zoom, x, y) {
  const kept = (place) => Math.min(1 - 0.5 / zoom, Math.max(0.5 / zoom, place));
  view = { zoom, x: kept(x), y: kept(y) };
  const { style, dataset } = document.documentElement;
  style.setProperty("--zoom", view.zoom);
  style.setProperty("--zoom-x", view.x);
  style.setProperty("--zoom-y", view.y);
  dataset.zoomed = view.zoom > 1 ? "yes" : "no";
}

export const resetZoom = () => show(HOME.zoom, HOME.x, HOME.y);

/* What is at (across, down) of the box, both from -0.5 to 0.5, stays there. */
function zoomBy(factor, across = 0, down = 0) {
  const zoom = Math.min(MOST, Math.max(1, view.zoom * factor));
  const change = 1 / view.zoom - 1 / zoom;
  show(zoom, view.x + across * change, view.y + down * change);
}

const pan = (across, down) => show(view.zoom, view.x + across / view.zoom, view.y + down / view.zoom);

/* Whether the key, an arrow with shift or one of + - 0, is one of ours. */
export function press(key) {
  if (key === "+" || key === "=") zoomBy(STEP);
  else if (key === "-") zoomBy(1 / STEP);
  else if (key === "0") resetZoom();
  else if (key === "ArrowLeft") pan(-NUDGE, 0);
  else if (key === "ArrowRight") pan(NUDGE, 0);
  else if (key === "ArrowUp") pan(0, -NUDGE);
  else if (key === "ArrowDown") pan(0, NUDGE);
  else return false;
  return true;
}

function within(event, place) {
  const box = place.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5];
}

let drag = null; // the pointer that holds a picture: where it was, and whether it moved

function moved(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { width, height } = drag.place.getBoundingClientRect();
  drag.far ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > CLICK;
  if (!drag.far) return;
  pan((drag.x - event.clientX) / width, (drag.y - event.clientY) / height);
  Object.assign(drag, { x: event.clientX, y: event.clientY });
}

/* Watches over every [data-zoomable]. In `full`, a dialog, the bare wheel zooms and a click does too. */
export function watchZoom(full) {
  const on = (name, listener, options) => document.addEventListener(name, listener, options);
  on("wheel", (event) => {
    const place = event.target.closest?.("[data-zoomable]");
    if (!place || !(event.ctrlKey || full.contains(place))) return; // elsewhere the wheel scrolls the page
    event.preventDefault();
    zoomBy(Math.exp(-Math.sign(event.deltaY) * 0.2), ...within(event, place));
  }, { passive: false });
  on("pointerdown", (event) => {
    const place = event.target.closest?.("[data-zoomable]");
    if (place && event.button === 0 && view.zoom > 1) drag = { pointer: event.pointerId, place, x: event.clientX, y: event.clientY, far: false };
    else drag = null;
  });
  on("pointermove", moved);
  on("pointercancel", () => { drag = null; });
  on("click", (event) => {
    const dragged = drag?.far;
    drag = null;
    if (dragged) { // it moved the picture and chooses nothing
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const button = event.target.closest?.("[data-zoom]");
    const place = full.contains(event.target) && event.target.closest("[data-zoomable]");
    if (button) zoomBy(button.dataset.zoom > 0 ? STEP : 1 / STEP);
    else if (place && view.zoom > 1) resetZoom();
    else if (place) zoomBy(STEP * STEP, ...within(event, place));
  }, { capture: true });
}
