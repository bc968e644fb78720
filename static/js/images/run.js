/* Figures that follow the run: seconds, what is said aloud, the tab's title, the run pill, the activity. */
import { all, byId, find } from "../dom.js";
import { noticeEnd } from "../layout/notifications.js";
import { active, inTrouble, isOpen, refreshPage, wanted } from "../live/connection.js";
import { followHints, nowAndThen } from "../live/hints.js";

// ---------- seconds of the frames in work, by the server's clock
let clockOff = 0; // server's clock minus ours

export function setClock(date) {
  const off = (Date.parse(date) - Date.now()) / 1000;
  clockOff = Math.abs(off) > 2 ? off : 0; // the header has whole seconds
}

export function countSeconds(within = document) {
  const now = Date.now() / 1000 + clockOff;
  for (const place of all("[data-since]", within)) place.textContent = Math.max(0, Math.floor(now - place.dataset.since)) + " s";
}

/* Keys that cool down. At zero the next update says what they are then. */
export function countDown() {
  const now = Date.now() / 1000 + clockOff;
  for (const note of all("[data-until]")) note.textContent = "Cooling down " + Math.max(0, Math.ceil(note.dataset.until - now)) + " s";
}

// ---------- said aloud at each 10 %, each failure, start and end
let told = { tens: 0, failed: 0, active: false };

function figures() {
  const { percent, failed } = byId("stats").dataset;
  return { tens: Math.floor(percent / 10), failed: Number(failed), active: active() };
}

export function startTelling() {
  told = figures();
}

export function figuresCame() {
  const now = figures();
  if (now.tens !== told.tens || now.failed > told.failed || now.active !== told.active) {
    byId("progress-sr").textContent = byId("stats").dataset.spoken;
  }
  told = now;
}

// ---------- run pill and title
let title = "";
let wasRunning = false;

export function startTitle() {
  title = document.title;
  pillCame();
}

export function pillCame() {
  const pill = byId("runpill");
  if (!pill) return;
  const running = "running" in pill.dataset;
  const sign = running ? pill.dataset.percent + "% · " : wasRunning && pill.dataset.kind === "done" ? "✓ " : "";
  document.title = sign + title;
  if (wasRunning && !running) noticeEnd(pill, find(".crumb-current")?.textContent ?? title);
  if (wasRunning && !running && byId("live") && !wanted()) refreshPage();
  wasRunning = running;
}

/* Where no stream is open (other steps, after Disconnect, a hidden tab) the pill and the title follow all the same. */
function followPill() {
  const pill = byId("runpill");
  const lightPage = find(".steps a")?.getAttribute("href");
  if (!lightPage || isOpen() || inTrouble()) return;
  htmx.ajax("GET", lightPage, { source: pill, target: pill, select: "#runpill", swap: "outerHTML ignoreTitle:true" });
}

/* The page of all runs reads its list anew, as long as somebody can see it and no button in it is being pressed. */
let later = 0;

function followRuns() {
  clearTimeout(later);
  const list = byId("open-runs");
  if (document.hidden || inTrouble() || find(".htmx-request", list)) later = setTimeout(followRuns, 1000);
  else htmx.ajax("GET", "/runs", { source: list, target: list, select: "#open-runs", swap: "outerMorph ignoreTitle:true" });
}

// ---------- what is told to pages without a live view
const pillAgain = nowAndThen(followPill);
const runsAgain = nowAndThen(followRuns);

/* Who begins to listen may have missed how something ended; what goes on tells of itself soon. */
function hinted(kind, concerns) {
  const told = (name, sign) => kind === name || (kind === "listening" && find(sign));
  const { project } = document.body.dataset;
  if (byId("open-runs") && told("run", ".openrun")) runsAgain();
  if (!project || !concerns(project)) return;
  if (told("run", "#runpill[data-running]")) pillAgain();
  if (byId("export-job") && told("export", "#export-progress")) htmx.trigger(byId("export-job"), "told");
  if (told("run", "#select[data-live]")) document.dispatchEvent(new Event("step8:run"));
}

/* Pages that show nothing of a run need not listen. */
export function followAll() {
  if (document.body.dataset.project || byId("open-runs")) followHints(hinted);
}

// ---------- activity
const LONGEST_LOG = 200;

export function logCame() {
  const list = byId("log-list");
  const seen = new Set();
  for (const line of [...list.children].slice(0, 60)) { // a reconnect may send lines that are here already
    const key = line.dataset.at + line.textContent;
    if (seen.has(key)) line.remove();
    seen.add(key);
  }
  while (list.children.length > LONGEST_LOG) list.lastElementChild.remove();
  const newest = list.firstElementChild;
  if (newest) byId("log-last").replaceChildren(find("time", newest).cloneNode(true), " " + find(".log-m", newest).textContent);
}
