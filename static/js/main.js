/* What htmx does not cover. Everything listens at the document, since parts of the page are swapped at any time; this file
   says which event goes where. */
import { beatOf, isLong, watchBeats } from "./images/beats.js";
import { fillAgain, heard, reach, watchRows } from "./images/blocks.js";
import { check, pageCame, paintCountdown, paintIndicator, partCame, refreshPage, told, watchConnection } from "./live/connection.js";
import { all, byId, find } from "./dom.js";
import { drawerClosed, frameCame, keepSaid, openFrame, openNamed, refreshDrawer } from "./images/frame-details.js";
import { frameFormSent, keepCellStops, leftField, openSheet, quietCell, sheetClosed, sheetCame } from "./images/frame-actions.js";
import { forgetFocus, keepFocus, noteFocus } from "./layout/focus.js";
import { keyPressed, setSingleKeys, singleKeys } from "./layout/keys.js";
import { applyFilter, beatChanged, cellCame, chooseDensity, clearFilter, goToFirst, nextError, prepareMatrix, printSheet, setTabStop, showStatus } from "./images/matrix.js";
import { paintNotices, turnNotices } from "./layout/notifications.js";
import { openBeat, promptsCame, promptsSent, promptsTyped, saveByKey, unsaved } from "./prompts/page.js";
import { dragBegins, dragEnds, dragMoves, moveRow, queueCame } from "./images/queue.js";
import { countDown, countSeconds, figuresCame, followAll, logCame, pillCame, setClock, startTelling, startTitle } from "./images/run.js";
import { speedChanged, stepSpeed } from "./images/speed.js";
import { arm, arrangeProjects, closeMenus, copy, escapeMenu, isOutside, nameTheme, nextTheme, openForm, tellSaved, tellSavedAgain } from "./layout/shell.js";

const on = (name, listener, capture = false) => document.addEventListener(name, listener, capture);

// ---------- a part was swapped
const CAME = {
  controls() { partCame("controls"); paintIndicator(); figuresCame(); },
  banner() { partCame("banner"); },
  stats: figuresCame,
  queue: () => { queueCame(); },
  "count-error": (count) => { byId("next-error").hidden = count.textContent === "0"; },
  "log-list": logCame,
  runpill: pillCame,
  marked() { if (!find("#toolbar [name=status]:checked")) showStatus("all"); }, // the filter in use finds nothing any more
  drawer: keepSaid,
  sheet: sheetCame, // whoever asked: a question may answer any button
  prompts: promptsCame,
  main() { pageCame(); prepareStep8(); },
  renew() { if (isLong() && byId("renew").dataset.live !== byId("matrix").dataset.live) refreshPage(); },
};

on("htmx:before:settle", ({ target }) => {
  if (!(target instanceof Element)) return;
  if (target.matches("td.cell")) {
    cellCame(target);
    quietCell(target);
    countSeconds(target);
    refreshDrawer(target.id.slice("cell-".length));
  } else if (Object.hasOwn(CAME, target.id)) {
    CAME[target.id](target);
  }
  keepFocus();
});
on("htmx:after:swap", tellSavedAgain);
on("htmx:before:swap", ({ detail }) => heard(detail.tasks, detail.ctx.sourceElement?.id === "live" ? told() : ""));
on("htmx:sse:after:connection", fillAgain);
watchBeats(beatChanged);
watchRows((bodies) => {
  for (const body of bodies) {
    for (const cell of all("td.cell[id]", body)) {
      quietCell(cell);
      find("a.thumb", cell).tabIndex = -1;
    }
    countSeconds(body);
    applyFilter(all(".row", body), []);
  }
});
on("htmx:after:swap", ({ target, detail }) => {
  if (target.id === "drawer" && target.showModal && detail.ctx.response.status < 400) frameCame(target, detail.ctx.target !== target || detail.ctx.swap.startsWith("innerMorph"));
});
on("htmx:after:swap", ({ target, detail }) => {
  if (target.matches?.('[hx-target="#dlg-project"]') && detail.ctx.response.status < 400) openForm(byId("dlg-project"));
});
on("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  setClock(raw.headers.get("Date"));
  if (status !== 401) return;
  event.preventDefault(); // the password is asked for anew: the page itself leads to the sign-in page and back
  location.reload();
});

// ---------- clicks and choices
const CLICKS = {
  "a[data-sheet]": (link) => { if (byId("sheet")) openSheet(link); else location.href = link.href; },
  "dialog [data-close]": (button) => button.closest("dialog").close(),
  'a[href^="#filter-"]': (link) => { showStatus(link.hash.slice("#filter-".length)); if (link.hash === "#filter-error") nextError(); },
  "[data-dialog]": (button) => byId(button.dataset.dialog).showModal(),
  "[data-theme-toggle]": nextTheme,
  "[data-next-error]": nextError,
  "[data-clear-filter]": clearFilter,
  "[data-try-now]": check,
  "[data-forget]": (button) => button.closest("li").remove(),
  "[data-print]": printSheet,
  "[data-copy]": copy,
  "#speed [data-step]": stepSpeed,
  "[data-notices]": turnNotices,
};

on("click", (event) => {
  const { target } = event;
  closeMenus(target);
  if (target.matches("dialog") && event.detail && isOutside(target, event)) target.close();
  const elsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey; // a new tab
  const beat = target.closest("#prompts a[data-prompts-link]");
  if (beat && !elsewhere) {
    event.preventDefault();
    openBeat(beat);
    return;
  }
  const frame = target.closest("#matrix a.thumb, #matrix a[data-open], dialog#drawer [data-frame-link]");
  if (frame && elsewhere) return;
  if (frame) {
    event.preventDefault();
    openFrame(frame.getAttribute("href"));
    return;
  }
  for (const [selector, act] of Object.entries(CLICKS)) {
    const hit = target.closest(selector);
    if (!hit) continue;
    if (hit.matches("a")) event.preventDefault();
    act(hit);
    return;
  }
});
on("input", ({ target }) => {
  promptsTyped(target);
  tellSaved();
  if (target.matches("#toolbar [name=density]")) chooseDensity(target.value);
  else if (target.matches("#toolbar *")) applyFilter();
  else if (target.matches("#speed input")) speedChanged(target);
  else if (target.matches("#project-tools *")) arrangeProjects();
  else if (target.matches("[data-confirm]")) arm(target);
  else if (target.id === "single-keys") setSingleKeys(target.checked);
});
on("submit", ({ target }) => { if (target.id === "budget") target.closest("dialog").close(); }); // it is in order, so it is sent
on("submit", (event) => { if (event.target.matches("#toolbar, #project-tools")) event.preventDefault(); });
on("submit", ({ target }) => { if (target.id === "toolbar") goToFirst(); });
on("submit", (event) => {
  if (event.target.id !== "frame-form") return;
  event.preventDefault();
  frameFormSent(event.submitter);
});
on("close", ({ target }) => { if (target.id === "drawer") drawerClosed(target); else if (target.id === "sheet") sheetClosed(target); }, true);
on("focusout", ({ target }) => leftField(target));
on("focusin", ({ target }) => {
  noteFocus(target);
  if (target.matches("#matrix a.thumb")) { setTabStop(target); keepCellStops(); }
});
on("keydown", (event) => { if (!saveByKey(event)) keyPressed(event); });
on("keydown", escapeMenu);
on("keydown", moveRow);
on("pointerdown", (event) => { forgetFocus(); dragBegins(event); }, true);
on("pointermove", dragMoves);
on("pointerup", dragEnds);
on("pointercancel", dragEnds);
on("htmx:before:request", ({ target }) => promptsSent(target));
addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its stream is dead

// ---------- the page is there
function prepareStep8() {
  if (!byId("matrix")) return;
  prepareMatrix();
  for (const cell of document.querySelectorAll("#matrix td.cell")) quietCell(cell);
  startTelling();
  countSeconds();
}

/* A link to a beat, or to the sheet that is printed at once. */
async function followHash(arrived) {
  const { hash } = location;
  if (hash === "#print") {
    history.replaceState(history.state, "", location.pathname + location.search);
    const button = find("[data-print]");
    if (button) printSheet(button);
    return;
  }
  const beat = isLong() && beatOf({ id: decodeURIComponent(hash.slice(1)) });
  if (!beat) return;
  const there = byId(beat.id);
  const row = there ?? await reach(beat).catch(() => null);
  if (!there && row) location.replace(hash); // now it is a target
  if (row && arrived) row.scrollIntoView();
}

nameTheme();
paintNotices();
byId("single-keys").checked = singleKeys();
prepareStep8();
startTitle();
watchConnection();
addEventListener("DOMContentLoaded", openNamed); // htmx comes after this script
find("[data-autoopen]")?.showModal();
followHash(performance.getEntriesByType("navigation")[0]?.type === "navigate");
addEventListener("hashchange", () => followHash(true));
find(".steps [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
setInterval(() => { countSeconds(); countDown(); paintCountdown(); }, 1000);
addEventListener("DOMContentLoaded", followAll); // htmx comes after this script
