/* Is the stream open, and if not, why? hx-sse holds and renews the stream; this tells the reader how it stands.

   While the server cannot be heard, overlays from the page's templates stand in for the banner and the controls: "lost" when
   it still answers, "unreachable" when it does not. What they cover comes back with the connection, and the server then
   sends what changed meanwhile. */
import { all, byId, find } from "../dom.js";
import { keepFocus } from "../layout/focus.js";

const HEARTBEAT = 15000;
const LONGEST_WAIT = 8000;
const STUCK = 15000;

const ANSWERS = ["did", "sheet", "drawer", "line-said", "live"]; // what only an answer to a click brings
let stream = null; // hx-sse's connection while it is open
let heard = 0; // when it last brought anything
let trouble = ""; // "", "lost" or "unreachable"
let covered = {}; // the parts an overlay stands in for
let tries = 0;
let nextTry = 0;
let timer = 0;
let checks = 0;
let lostSince = 0;
let place = ""; // the newest change the stream told, "" before it told any

/* The change that the message of the stream, which is just being put in, tells of. */
export const told = () => place;

export const isOpen = () => Boolean(stream);
export const inTrouble = () => Boolean(trouble);

/* Whether this viewer follows the run live at all; not after Disconnect. */
export const wanted = () => Boolean(byId("live")?.hasAttribute("hx-sse:connect"));

/* Whether a run is there, as far as the server last told. */
export const active = () => Boolean((covered.controls ?? byId("controls"))?.hasAttribute("data-active"));

/* "● Connected" exists only while the stream is open. */
export function paintIndicator() {
  const place = find("[data-conn]");
  if (!place) return;
  place.hidden = !stream;
  if (!stream) place.replaceChildren();
  else if (!place.firstChild) place.append(byId("tpl-connected").content.cloneNode(true));
}

export function paintCountdown() {
  const place = find("[data-next-try]");
  if (!place) return;
  const seconds = Math.max(1, Math.ceil((nextTry - Date.now()) / 1000));
  place.textContent = nextTry ? `Trying again in ${seconds} s.` : "Trying now.";
}

/* The server sent this part itself: what was covered is out of date. */
export function partCame(id) {
  delete covered[id];
}

/* The whole page was read anew. */
export function pageCame() {
  place = "";
  covered = {};
  trouble = "";
  paintIndicator();
}

/* What was done, with its way back, is in the answers to the clicks only: it is put back into the page that came. */
export async function refreshPage() {
  const page = { source: "#main", target: "#main", select: "#main", swap: "outerMorph ignoreTitle:true" };
  const query = new URLSearchParams(location.search);
  const inSight = ({ id, firstElementChild }) => id && firstElementChild.getBoundingClientRect().bottom > 0;
  const row = byId("beats") && (document.activeElement.closest("#matrix .row") ?? all("#matrix .row:not([hidden])").find(inSight));
  if (row) query.set("at", row.id); // of a long matrix the part that is seen
  const done = all("#did li").map((line) => line.cloneNode(true));
  await htmx.ajax("GET", location.pathname + (query.size ? "?" + query : ""), page);
  if (all("#did li").length) return;
  byId("did")?.append(...done);
  for (const line of all("#did li")) htmx.process(line);
}

function cover(name) {
  const overlay = byId("tpl-" + name);
  if (!overlay || trouble === name) return;
  uncover();
  trouble = name;
  const parts = overlay.content.cloneNode(true);
  for (const id of ["banner", "controls"]) {
    const stand = parts.getElementById(id);
    covered[id] = byId(id);
    covered[id].replaceWith(stand);
    htmx.process(stand);
  }
  keepFocus();
}

function uncover() {
  for (const [id, part] of Object.entries(covered)) byId(id).replaceWith(part);
  covered = {};
  trouble = "";
  nextTry = 0;
  paintIndicator();
  keepFocus();
}

function closed() {
  stream = null;
  paintIndicator();
}

function checkIn(wait) {
  clearTimeout(timer);
  timer = setTimeout(check, wait);
}

async function answers() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) });
    return true; // any answer will do: this asks for the server, not for its health
  } catch {
    return false;
  }
}

function unreachable() {
  closed();
  cover("unreachable");
  const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** tries);
  tries += 1;
  nextTry = Date.now() + wait;
  checkIn(wait);
  paintCountdown();
}

/* Asks the server, shows what its answer means, and asks again until the stream is back. */
export async function check() {
  clearTimeout(timer);
  if (document.hidden || !byId("banner")) return;
  checks += 1;
  const turn = checks;
  nextTry = 0;
  paintCountdown();
  const there = await answers();
  if (turn !== checks || stream) return;
  if (there) await reached();
  else unreachable();
}

function reached() {
  const cameBack = trouble === "unreachable";
  tries = 0;
  if (active() && wanted()) cover("lost");
  else uncover();
  if (wanted()) {
    lostSince ||= Date.now();
    if (cameBack || Date.now() - lostSince > STUCK) renewStream();
    checkIn(3000);
  } else if (cameBack) {
    refreshPage();
  }
}

/* A fresh element connects at once, where hx-sse would still be waiting or stuck. */
function renewStream() {
  const old = byId("live");
  const fresh = old.cloneNode();
  fresh.removeAttribute("data-htmx-powered");
  fresh.removeAttribute("class");
  lostSince = Date.now();
  old.replaceWith(fresh);
  htmx.process(fresh);
}

const isOfControls = (element) => Boolean(element?.closest?.("#controls"));

/* htmx begins in a timeout of its own, which may come before its stream extension is loaded: then it passed the stream's
   element over, and the page would never hear a thing. */
function processWhatWasPassedOver() {
  const live = byId("live");
  if (live && wanted() && !live.hasAttribute("data-htmx-powered")) htmx.process(live);
}

export function watchConnection() {
  document.addEventListener("DOMContentLoaded", () => setTimeout(processWhatWasPassedOver)); // every script has run by then
  const on = (name, listener) => document.addEventListener(name, listener);
  on("htmx:sse:after:connection", ({ detail }) => {
    stream = detail.connection;
    heard = Date.now();
    tries = 0;
    lostSince = 0;
    clearTimeout(timer);
    uncover();
  });
  on("htmx:sse:before:connection", ({ detail }) => {
    if (!detail.connection.attempt) return; // the first one has just been answered
    closed();
    if (!trouble) checkIn(1500); // a restart is usually over by then
  });
  on("htmx:sse:error", ({ detail }) => {
    if (detail.status === 401) location.reload();
    closed();
    if (trouble !== "unreachable") check(); // else the countdown goes on
  });
  on("htmx:sse:close", ({ detail }) => {
    if (detail.connection !== stream) return;
    closed();
    if (wanted()) checkIn(1500);
  });
  on("htmx:sse:before:message", ({ detail }) => { // the heartbeat is one too
    heard = Date.now();
    place = detail.message.id || place;
  });
  on("htmx:config:request", ({ detail }) => { // a stream goes on from what this page shows, however old that is
    const { request, sourceElement } = detail.ctx;
    if (sourceElement.id !== "live") return;
    const address = new URL(request.action, location.href);
    address.searchParams.set("since", place || byId("matrix").dataset.live);
    request.action = address.pathname + address.search;
  });
  on("htmx:before:swap", ({ detail }) => { // an open stream need not be opened again
    const again = (task) => stream && task.target?.id === "live" && task.fragment.querySelector("[hx-sse\\:connect]");
    for (const task of detail.tasks.filter(again)) detail.tasks.splice(detail.tasks.indexOf(task), 1);
  });
  on("htmx:before:swap", ({ detail }) => { // an answer that is older than what the stream has shown since
    const [, epoch, number] = /^<!--live (.*)-(\d+)-->/.exec(detail.ctx.text ?? "") ?? [];
    const [shownEpoch, shown] = [place.slice(0, place.lastIndexOf("-")), Number.parseInt(place.slice(place.lastIndexOf("-") + 1), 10)];
    if (!stream || !epoch || epoch !== shownEpoch || shown <= Number(number)) return;
    const leaves = ({ target, fragment }) => target?.id === "live" && !fragment.querySelector("[hx-sse\\:connect]");
    if (detail.tasks.some(leaves)) setTimeout(refreshPage); // after Disconnect no stream brings what is left out here
    const old = (task) => task.target?.id && !ANSWERS.includes(task.target.id);
    for (const task of detail.tasks.filter(old)) detail.tasks.splice(detail.tasks.indexOf(task), 1);
  });
  on("htmx:error", ({ detail }) => {
    if (!detail.ctx || detail.ctx.response) return; // something else than the way to the server
    if (isOfControls(detail.ctx.sourceElement)) unreachable();
    else if (!stream && trouble !== "unreachable") check();
  });
  on("htmx:response:error", ({ detail }) => {
    if (detail.ctx.sourceElement?.id === "live" && !stream && !trouble) checkIn(500);
  });
  on("visibilitychange", () => {
    if (document.hidden) { // hx-sse closes the stream of a hidden tab without a word
      closed();
      clearTimeout(timer);
    } else if (wanted() || trouble) {
      checkIn(trouble ? 0 : 2500);
    }
  });
  addEventListener("online", () => { if (trouble) check(); });
  addEventListener("offline", () => { if (wanted()) check(); });
  setInterval(() => {
    if (!stream || Date.now() - heard < 2.5 * HEARTBEAT) return;
    stream.reader?.cancel(); // half open: hx-sse takes it for an end and connects anew
    closed();
    check();
  }, 5000);
}
