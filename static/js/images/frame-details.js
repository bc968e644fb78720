/* A frame's details beside the grid. The same address is a page of its own without this script. */
import { all, byId, find } from "../dom.js";
import { goToFrame, keepTabStop, setTabStop } from "./matrix.js";
import { bringDraft, keepDraft } from "../prompts/page.js";

const changed = new Set(); // frames that changed since the details were asked for

export function openFrame(href, swap = "innerHTML") {
  const drawer = byId("drawer");
  changed.clear();
  keepDraft(drawer);
  htmx.ajax("GET", href, { source: drawer, target: drawer, swap: swap + " ignoreTitle:true" });
}

/* The address names the frame that is open: copied, or loaded again, it leads back here with the details open. */
const PLACE = "#frame=";

function nameInAddress(frame) {
  history.replaceState(history.state, "", frame ? PLACE + frame : location.pathname + location.search);
}

export function openNamed() {
  if (!location.hash.startsWith(PLACE) || !byId("drawer")?.showModal) return;
  const frame = location.hash.slice(PLACE.length);
  if (/^[\w-]+$/.test(frame)) openFrame(location.pathname.replace(/images$/, "frames/" + frame));
}

/* What was just said in the details (saved, done with its Undo) is in the answer to the click only. A fresh reading, which may
   have been asked for before or after that, must not take it away while the frame is the same. */
let said = { frame: "", lines: [] };

export function keepSaid(drawer) {
  const frame = find("[data-frame]", drawer)?.dataset.frame;
  const lines = all(".did-here, .note--ok[role=status]", drawer);
  if (lines.length || said.frame !== frame) {
    said = { frame, lines: lines.map((line) => line.cloneNode(true)) }; // copies: a swap makes other elements of them
    return;
  }
  for (const line of said.lines) {
    const copy = line.cloneNode(true);
    if (line.matches(".did-here")) byId("chair")?.prepend(copy);
    else find("[data-prompt-edit]", drawer)?.before(copy);
    htmx.process(copy);
  }
}

/* The details came. A quiet refresh of what is open anyway leaves the focus where it is. */
export function frameCame(drawer, quiet) {
  const shown = find("[data-frame]", drawer);
  if (!shown) return;
  if (quiet && !drawer.open) return drawer.replaceChildren(); // it was closed while the answer was on its way
  const thumb = byId("open-" + shown.dataset.frame);
  if (thumb) setTabStop(thumb);
  nameInAddress(shown.dataset.frame);
  if (!quiet) bringDraft(drawer);
  if (!drawer.open) drawer.showModal();
  if (!quiet) byId("drawer-h").focus();
  if (changed.has(shown.dataset.frame)) refreshDrawer(shown.dataset.frame);
  return undefined;
}

export function drawerClosed(drawer) {
  const shown = find("[data-frame]", drawer);
  keepDraft(drawer);
  nameInAddress("");
  said = { frame: "", lines: [] };
  drawer.replaceChildren();
  keepTabStop();
  goToFrame(shown?.dataset.frame);
}

/* A frame changed: if the drawer shows it, or has it among its tabs, it is read again; never under a prompt that is being edited. */
export function refreshDrawer(frame) {
  const drawer = byId("drawer");
  changed.add(frame);
  if (!drawer.open || find("[data-prompt-edit][open], .ways[open], textarea:focus, input:focus", drawer) || !find(`[data-frame="${frame}"], [data-tab="${frame}"]`, drawer)) return;
  openFrame(find("[data-frame]", drawer).dataset.href, "innerMorph");
}
