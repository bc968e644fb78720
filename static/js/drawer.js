/* A frame's details beside the grid. The same address is a page of its own without this script. */
import { all, byId, find } from "./dom.js";
import { goTo, keepTabStop, setTabStop, tabStopThumb } from "./matrix.js";
import { bringDraft, keepDraft } from "./prompts.js";

export function openFrame(href, swap = "innerHTML") {
  const drawer = byId("drawer");
  keepDraft(drawer);
  htmx.ajax("GET", href, { source: drawer, target: drawer, swap: swap + " ignoreTitle:true" });
}

/* What was just said in the details (saved, done with its Undo) is not in a fresh reading: it stays while the frame is the same. */
let said = { frame: "", lines: [] };

function keepSaid(drawer) {
  said = { frame: find("[data-frame]", drawer)?.dataset.frame, lines: all(".did-here, .note--ok[role=status]", drawer).map((line) => line.cloneNode(true)) };
}

function bringSaid(drawer) {
  if (find("[data-frame]", drawer).dataset.frame !== said.frame) return;
  for (const line of said.lines) { // copies: a swap may have made another element of the one that was there
    if (line.matches(".did-here")) { if (!find(".did-here", drawer)) byId("chair").prepend(line); }
    else if (!find(".note--ok[role=status]", drawer)) find("[data-prompt-edit]", drawer)?.before(line);
    htmx.process(line);
  }
}

/* The details came. A quiet refresh of what is open anyway leaves the focus where it is. */
export function frameCame(drawer, quiet) {
  const shown = find("[data-frame]", drawer);
  if (!shown) return;
  const thumb = byId("open-" + shown.dataset.frame);
  if (thumb) setTabStop(thumb);
  if (quiet) bringSaid(drawer);
  else bringDraft(drawer);
  said = { frame: "", lines: [] };
  if (!drawer.open) drawer.showModal();
  if (!quiet) byId("drawer-h").focus();
}

export function drawerClosed(drawer) {
  const shown = find("[data-frame]", drawer);
  const thumb = shown && byId("open-" + shown.dataset.frame);
  keepDraft(drawer);
  drawer.replaceChildren();
  keepTabStop();
  goTo(thumb?.closest(".row:not([hidden])") ? thumb : tabStopThumb());
}

/* A frame changed: if the drawer shows it, or has it among its tabs, it is read again; never under a prompt that is being edited. */
export function refreshDrawer(frame) {
  const drawer = byId("drawer");
  if (!drawer.open || find("[data-prompt-edit][open], .ways[open], textarea:focus, input:focus", drawer) || !find(`[data-frame="${frame}"], [data-tab="${frame}"]`, drawer)) return;
  keepSaid(drawer);
  openFrame(find("[data-frame]", drawer).dataset.href, "innerMorph");
}
