/* The blocks of a long matrix. The page holds some of them: their rows are fetched when they come near, and go again when many
   others came since.

   Old news never overwrites newer: rows come with the change they show (data-live). What is told of them while they are on
   their way is kept and put in if it is newer; what is told of rows that are here is dropped if it is older. */
import { allBeats, isLong, learn, readBeats } from "./beats.js";
import { all, byId, find } from "../dom.js";

const NEAR = "1200px 0px";
const KEPT = 12; // blocks that stay when another one comes; a film that has no more is fetched whole while nothing else is to do
const A_MOMENT = 60; // a gap that is scrolled past quickly is not filled
const AT_ONCE = 2;

let pattern = null; // a gap, to make others of
let turn = 0; // rises when the page is read anew: what is on its way is then of no use
let commands = 0; // rises with each command's answer about rows that are not here
let timer = 0;
const flying = new Map(); // block → promise
const late = new Map(); // what was told of rows that are not here while some are on their way: id → place, part
const near = new Set(); // gaps that could be seen soon
let came = () => {}; // rows came

const watcher = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (isIntersecting) near.add(target);
    else near.delete(target);
  }
  fillLater();
}, { rootMargin: NEAR });

export function watchRows(onCame) {
  came = onCame;
}

/* The page is there, or there anew. */
export function readBlocks() {
  turn += 1;
  flying.clear();
  late.clear();
  near.clear();
  watcher.disconnect();
  const { sizes = "", names = "", live } = byId("matrix").dataset;
  const blocks = sizes.split(" ").map(Number);
  readBeats(blocks, names.split(" "));
  for (const body of all("#matrix tbody[data-block]:not(.gap)")) body.dataset.live = live;
  pattern = find("#matrix .gap")?.cloneNode(true);
  for (const gap of all("#matrix .gap")) watcher.observe(gap);
  if (blocks.length <= KEPT) whenIdle(fillRest, turn);
}

function whenIdle(work, mine) {
  const wait = globalThis.requestIdleCallback ?? ((then) => setTimeout(then, 200)); // Safari has none
  if (document.readyState === "complete") wait(() => work(mine));
  else addEventListener("load", () => wait(() => work(mine)), { once: true });
}

/* One block after the other, the nearest first. */
function fillRest(mine) {
  if (mine !== turn) return;
  const gaps = all("#matrix .gap").filter((gap) => !flying.has(Number(gap.dataset.block)));
  const [next] = gaps.sort((one, other) => distance(one) - distance(other));
  if (next) fill(Number(next.dataset.block)).then(() => whenIdle(fillRest, mine), () => {}); // else it is fetched when it comes near
}

// ---------- gaps
/* Gaps are as high as the rows that would be in them. */
export function fitGaps(blocks) {
  const found = new Map();
  for (const beat of allBeats()) {
    if (!beat.shown) continue;
    const sum = found.get(beat.block) ?? { rows: 0, shots: new Set() };
    sum.rows += 1;
    sum.shots.add(beat.shot);
    found.set(beat.block, sum);
  }
  for (const gap of all("#matrix .gap")) {
    const block = Number(gap.dataset.block);
    if (blocks && !blocks.has(block)) continue;
    const sum = found.get(block);
    const fit = `${sum?.rows ?? 0} ${sum?.shots.size ?? 0}`;
    if (gap.dataset.fit === fit) continue;
    gap.dataset.fit = fit;
    gap.hidden = !sum;
    gap.style.removeProperty("block-size");
    gap.style.setProperty("--rows", sum?.rows ?? 0);
    gap.style.setProperty("--heads", sum?.shots.size ?? 0);
  }
}

/* Rows have another height now: gaps that were made as high as what stood there have that of their rows again. */
export function freeGaps() {
  for (const gap of all("#matrix .gap")) gap.style.removeProperty("block-size");
}

function fillLater() {
  clearTimeout(timer);
  timer = setTimeout(fillNext, A_MOMENT);
}

const distance = (gap) => {
  const { top, bottom } = gap.getBoundingClientRect();
  return top > innerHeight ? top - innerHeight : bottom < 0 ? -bottom : 0;
};

function fillNext() {
  const waiting = [...near].filter((gap) => gap.isConnected && !gap.hidden && !flying.has(Number(gap.dataset.block)));
  if (!waiting.length || flying.size >= AT_ONCE) return;
  const [next] = waiting.map((gap) => [distance(gap), gap]).sort(([one], [other]) => one - other)[0].slice(1);
  fill(Number(next.dataset.block)).then(fillNext, () => near.delete(next)); // it is tried again when it is seen again
  fillNext();
}

/* What could not be fetched while the server was away. */
export function fillAgain() {
  for (const gap of all("#matrix .gap")) {
    watcher.unobserve(gap);
    watcher.observe(gap);
  }
}

// ---------- rows on their way
function fill(block) {
  const mine = turn;
  if (!flying.has(block)) {
    flying.set(block, fetchRows(block, mine).finally(() => {
      if (mine !== turn) return;
      flying.delete(block);
      if (!flying.size) late.clear();
    }));
  }
  return flying.get(block);
}

async function fetchRows(block, mine) {
  for (let tries = 1; ; tries += 1) {
    const gap = find(`#matrix .gap[data-block="${block}"]`);
    if (!gap) return;
    const before = commands;
    const answer = await fetch(gap.dataset.fill, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(`rows: ${answer.status}`);
    const text = await answer.text();
    if (mine !== turn) return;
    const table = document.createRange().createContextualFragment(text).firstElementChild;
    if (tries < 3 && (commands !== before || [...late.values()].some(({ place }) => !sameEpoch(place, table.dataset.live)))) continue;
    put(gap, table);
    return;
  }
}

const epoch = (place) => place.split("-")[0];
const number = (place) => Number(place.split("-")[1]?.split("@")[0]);
const sameEpoch = (one, other) => epoch(one) === epoch(other);
const isNewer = (one, other) => !sameEpoch(one, other) || number(one) > number(other);

function put(gap, table) {
  const { live } = table.dataset;
  for (const [id, { place, part }] of late) {
    if (isNewer(place, live)) table.querySelector("#" + CSS.escape(id))?.replaceWith(part.cloneNode(true));
  }
  const bodies = [...table.tBodies];
  for (const body of bodies) body.dataset.live = live;
  for (const cell of table.querySelectorAll("td.cell[id]")) learn(cell);
  watcher.unobserve(gap);
  near.delete(gap);
  gap.replaceWith(...bodies);
  came(bodies);
  emptyFar(Number(gap.dataset.block));
}

/* Rows far from those that came last go, but never from under the reader. */
function emptyFar(here) {
  const blocks = [...new Set(all("#matrix tbody[data-block]:not(.gap)").map((body) => Number(body.dataset.block)))];
  blocks.sort((one, other) => Math.abs(other - here) - Math.abs(one - here));
  for (const block of blocks.slice(0, Math.max(0, blocks.length - KEPT))) empty(block);
}

function empty(block) {
  const bodies = all(`#matrix tbody[data-block="${block}"]:not(.gap)`);
  const busy = (body) => body.contains(document.activeElement) || find('a.thumb[tabindex="0"], .row:target', body);
  const inSight = (body) => { const { top, bottom } = body.getBoundingClientRect(); return bottom > -innerHeight && top < 2 * innerHeight; };
  if (bodies.some((body) => busy(body) || inSight(body))) return;
  const gap = makeGap(block);
  gap.hidden = bodies.every((body) => body.hidden);
  gap.style.blockSize = bodies.reduce((sum, body) => sum + body.offsetHeight, 0) + "px";
  bodies[0].before(gap);
  for (const body of bodies) body.remove();
  watcher.observe(gap);
}

function makeGap(block) {
  const gap = pattern.cloneNode(true);
  const inside = allBeats().filter((beat) => beat.block === block);
  const [first, last] = [inside[0], inside.at(-1)].map((beat) => beat.id.split("-").at(-1).replaceAll("_", "."));
  gap.dataset.block = block;
  gap.dataset.fill = gap.dataset.fill.replace(/block=\d+$/, "block=" + block);
  const link = find("a", gap);
  link.textContent = first === last ? `Beat ${first}` : `Beats ${first} – ${last}`;
  link.href = `?at=${inside[0].id}#${inside[0].id}`;
  return gap;
}

/* The row of a beat, fetched if it is not here. */
export async function reach(beat) {
  if (!byId(beat.id)) await fill(beat.block);
  return byId(beat.id);
}

/* The thumbnail of a beat in a column, at once if it is here. Null when it cannot be had. */
export function thumbAt(beat, column) {
  const within = (row) => row && find("a.thumb", row.children[column]);
  const row = byId(beat.id);
  return row ? within(row) : reach(beat).then(within, () => null);
}

// ---------- news
/* Parts are about to be put in. `place` is the change they tell of; "" for the answer to a command, which is never old. */
export function heard(tasks, place) {
  if (!isLong()) return;
  for (const task of tasks.filter(({ type }) => type === "partial")) {
    const part = task.fragment.firstElementChild;
    if (!part?.id || !part.matches("td.cell, .group-count")) continue;
    const live = task.target?.closest("tbody[data-live]")?.dataset.live;
    const isOld = live && place && !isNewer(place, live);
    if (part.matches("td.cell") && !isOld) learn(part);
    if (task.target && !isOld) continue;
    tasks.splice(tasks.indexOf(task), 1);
    if (isOld) continue;
    if (place && flying.size) late.set(part.id, { place, part });
    else commands += 1;
  }
}
