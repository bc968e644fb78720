/* Step 9: keys, quick moves from beat to beat, pictures at full size and zoomed in step. Every link and form of the page works
   without this. */
import { all, byId, find } from "../dom.js";
import { nowAndThen } from "../live/hints.js";
import { singleKeys } from "../layout/keys.js";
import { press as pressZoom, resetZoom, watchZoom } from "./zoom.js";

const FIELDS = "input:not([type=radio], [type=checkbox]), textarea, select";
const MOST_WAITING = 20;

// ---------- one after the other: a key pressed while an answer is awaited acts on the page that comes
const waiting = [];
let current = null; // the request of this page that is on its way

function perform(action) {
  if (waiting.length < MOST_WAITING) waiting.push(action);
  next();
}

function next() {
  if (current || !waiting.length) return;
  waiting.shift()();
  if (waiting.length) setTimeout(next);
}

const isOurs = ({ sourceElement }) => Boolean(sourceElement?.closest?.("#select")) && sourceElement.id !== "select-news";

function ended({ detail }) {
  if (!current || detail.ctx !== current) return;
  current = null;
  setTimeout(next);
}

// ---------- from beat to beat
let shownBeat = "";

function read(source, href) {
  htmx.ajax("GET", href, { source, target: "#select", select: "#select", swap: "outerMorph ignoreTitle:true" });
}

const go = (href) => { if (href) read("#select", href); };
const link = (name) => find(`#chooser [data-go=${name}]`)?.getAttribute("href");

function pageCame() {
  const { href, ahead } = byId("select").dataset;
  if (!href) return;
  if (shownBeat !== href.split("&")[0]) resetZoom();
  shownBeat = href.split("&")[0];
  history.replaceState(null, "", href);
  for (const address of ahead.split(" ")) if (address) new Image().src = address;
  showInFilm(find("#film [aria-current]:not(.chip)"));
}

/* Scrolls the strip alone: the page stays where the reader has it. */
function showInFilm(item) {
  if (!item) return;
  const strip = find("#film ol");
  const box = strip.getBoundingClientRect();
  const place = item.getBoundingClientRect();
  if (place.top < box.top || place.bottom > box.bottom) strip.scrollTop += place.top - box.top - box.height / 3;
  if (place.left < box.left || place.right > box.right) strip.scrollLeft += place.left - box.left - box.width / 3;
}

/* While a run goes on new pictures come; nothing is pulled from under an open menu or a request. */
const LATER = 1000;
let later = 0;

function readNews() {
  clearTimeout(later);
  if (!byId("select-news")) return;
  if (document.hidden || current || waiting.length || find("dialog[open], #select details[open]")) later = setTimeout(readNews, LATER);
  else read("#select-news", byId("select").dataset.href);
}

// ---------- full size
const pictures = () => all("#choices [data-picture]");

function openFull(picture) {
  if (!picture) return;
  const { picture: style } = picture.dataset;
  const shown = byId("full-picture");
  shown.dataset.style = style;
  shown.src = picture.src;
  byId("full-h").textContent = `${find("#chooser .drawer-kicker .num").parentNode.firstChild.data}${find("#chooser .drawer-kicker .num").textContent} · ${style}`;
  shown.alt = byId("full-h").textContent;
  if (!byId("full").open) byId("full").showModal();
}

function first() {
  return find("#choices .choice:hover [data-picture]") ?? find("#choices [aria-pressed=true] [data-picture]") ?? pictures()[0];
}

function other(step) {
  const list = pictures();
  const place = list.findIndex((picture) => picture.dataset.picture === byId("full-picture").dataset.style);
  openFull(list[(place + step + list.length) % list.length]);
}

// ---------- keys
const press = (id) => { const button = byId(id); if (button && !button.disabled) button.click(); };
const chooser = () => byId("chooser")?.dataset ?? {};

function choose(key) {
  byId("full").close();
  perform(() => find(`[data-choose="${key}"]:not(:disabled)`)?.click());
}

const MOVES = {
  ArrowLeft: () => go(link("previous")),
  ArrowRight: () => go(link("next")),
  Home: () => go(chooser().first),
  End: () => go(chooser().last),
};
const LETTERS = {
  u: () => go(link("open")),
  f: () => press("btn-flag"),
  x: () => press("btn-clear"),
  z: () => press("btn-undo"),
};

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!byId("choices") || event.target.matches?.(FIELDS)) return;
  const full = byId("full").open;
  if (find("dialog[open]") && !full) return;
  if (act(event, full)) event.preventDefault();
}

/* Whether the key is one of ours. */
function act(event, full) {
  const { key } = event;
  if (event.shiftKey && key.startsWith("Arrow")) return pressZoom(key);
  if (full && (key === "ArrowLeft" || key === "ArrowRight")) return other(key === "ArrowLeft" ? -1 : 1) ?? true;
  if (Object.hasOwn(MOVES, key) && !full) return perform(MOVES[key]) ?? true;
  if (!singleKeys()) return false;
  if (key === " ") return pressSpace(event.target, full);
  if (pressZoom(key)) return true;
  if (event.repeat) return false;
  if (/^[1-9]$/.test(key)) return choose(key) ?? true;
  const letter = LETTERS[key.toLowerCase()];
  if (!letter) return false;
  byId("full").close();
  return perform(letter) ?? true;
}

/* On a button, a link or a box the space bar does what it always does there. */
function pressSpace(target, full) {
  if (target.closest?.("button, a, summary, input") && !(full && target.closest("[data-close]"))) return false;
  if (full) byId("full").close();
  else openFull(first());
  return true;
}

// ---------- events
const on = (name, listener, options) => document.addEventListener(name, listener, options);

on("keydown", pressed);
on("click", (event) => {
  const { target } = event;
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (target.closest("[data-other]")) other(Number(target.closest("[data-other]").dataset.other));
  if (event.detail && target.closest("#choices button")) target.closest("button").blur(); // then the space bar is the page's
  const anchor = target.closest("#select a[href]");
  if (!anchor || !plain || anchor.pathname !== location.pathname && !anchor.matches("[data-full]")) return;
  event.preventDefault();
  if (anchor.matches("[data-full]")) openFull(first());
  else perform(() => go(anchor.getAttribute("href")));
});
on("htmx:before:request", ({ detail }) => { if (isOurs(detail.ctx)) current = detail.ctx; });
on("htmx:finally:request", ended);
on("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (ctx && isOurs(ctx) && !ctx.response && event.detail.error?.name !== "AbortError") {
    byId("banner").replaceWith(byId("tpl-unheard").content.cloneNode(true));
    waiting.length = 0;
  }
  ended(event);
});
on("htmx:after:swap", (event) => {
  if (!byId("select")) return;
  pageCame();
  ended(event);
});

if (byId("full")) watchZoom(byId("full"));
pageCame();
on("step8:run", nowAndThen(readNews));
