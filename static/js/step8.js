/* What htmx does not cover, in plain JavaScript. Parts of the page are swapped at any time, so everything listens at the
   document and looks elements up when it needs them; nothing is kept but the reader's own choices.
   It runs at the top of <body>: theme and density stand before the first paint, the rest waits for the document. */
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const memory = {
    get(name) { try { return localStorage.getItem("step8." + name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem("step8." + name, value); } catch { /* private window: not remembered */ } },
  };

  // ---------- theme and density
  const THEMES = ["auto", "light", "dark"];
  const DENSITIES = ["large", "comfortable", "compact"];

  function setTheme(theme) {
    root.dataset.theme = theme;
    const label = "Theme: " + (theme === "auto" ? "match system" : theme);
    find("[data-theme-toggle]")?.setAttribute("aria-label", label);
  }

  function setDensity(density) {
    document.body.dataset.density = density;
    const choice = find(`#toolbar [name=density][value=${density}]`);
    if (choice) choice.checked = true;
  }

  const rememberedTheme = () => THEMES.find((theme) => theme === memory.get("theme")) ?? "auto";
  const rememberedDensity = () => DENSITIES.find((density) => density === memory.get("density")) ?? "comfortable";
  root.dataset.js = "";
  setTheme(rememberedTheme());
  setDensity(rememberedDensity());

  const after = (list, item) => list[(list.indexOf(item) + 1) % list.length];

  function nextTheme() {
    setTheme(after(THEMES, root.dataset.theme));
    memory.set("theme", root.dataset.theme);
  }

  function chooseDensity(density) {
    setDensity(density);
    memory.set("density", density);
  }

  // ---------- filter: rows are hidden, nothing is asked of the server
  const phrases = new WeakMap();
  const changedRows = new Set();

  function phrase(row) {
    if (!phrases.has(row)) phrases.set(row, find(".beat", row).textContent.toLowerCase());
    return phrases.get(row);
  }

  function applyFilter(rows = all("#matrix .row")) {
    const matrix = byId("matrix");
    if (!matrix) return;
    const status = find("#toolbar [name=status]:checked")?.value ?? "all";
    const words = (byId("find")?.value ?? "").trim().toLowerCase();
    const groups = new Set();
    for (const row of rows) {
      const shown = (status === "all" || find(`[data-status="${status}"]`, row)) && (!words || phrase(row).includes(words));
      const hide = !shown && !row.contains(document.activeElement); // never pull a row away from under the reader
      if (row.hidden !== hide) {
        row.hidden = hide;
        groups.add(row.parentNode);
      }
    }
    for (const group of groups) group.hidden = !find(".row:not([hidden])", group);
    byId("nomatch").hidden = Boolean(find(".row:not([hidden])", matrix));
    keepTabStop();
  }

  function filterLater(row) {
    if (!changedRows.size) requestAnimationFrame(() => { applyFilter([...changedRows]); changedRows.clear(); });
    changedRows.add(row);
  }

  function showStatus(status) {
    const chip = byId("filter-" + status);
    if (!chip) return;
    chip.checked = true;
    applyFilter();
  }

  function clearFilter() {
    byId("find").value = "";
    showStatus("all");
  }

  // ---------- grid: one tab stop, arrows inside
  let tabStop = ""; // the id of the thumbnail that Tab reaches

  const visibleRows = () => all("#matrix .row:not([hidden])");
  const thumbsOf = (row) => all("a.thumb", row);

  function setTabStop(thumb) {
    const before = byId(tabStop);
    if (before) before.tabIndex = -1;
    tabStop = thumb.id;
    thumb.tabIndex = 0;
  }

  function keepTabStop() {
    if (byId(tabStop)?.closest(".row:not([hidden])")) return;
    const first = find("#matrix .row:not([hidden]) a.thumb");
    if (first) setTabStop(first);
  }

  function goTo(thumb) {
    if (!thumb) return;
    setTabStop(thumb);
    thumb.focus();
    thumb.closest(".cell").scrollIntoView({ block: "nearest" });
  }

  /* Where a key leads from here: a thumbnail, null at an edge, undefined when the key is none that moves. */
  function beside(thumb, key, far) {
    const row = thumb.closest(".row");
    const rows = visibleRows();
    const column = [...row.children].indexOf(thumb.closest("td"));
    const inColumn = (step) => {
      for (let place = rows.indexOf(row) + step; rows[place]; place += step) {
        const there = find("a.thumb", rows[place].children[column]);
        if (there) return there;
      }
      return null;
    };
    const inRow = thumbsOf(far && rows.length ? (key === "Home" ? rows[0] : rows[rows.length - 1]) : row);
    switch (key) {
      case "ArrowDown": return inColumn(1);
      case "ArrowUp": return inColumn(-1);
      case "ArrowRight": return inRow[inRow.indexOf(thumb) + 1] ?? null;
      case "ArrowLeft": return inRow[inRow.indexOf(thumb) - 1] ?? null;
      case "Home": return inRow[0];
      case "End": return inRow[inRow.length - 1];
      default: return undefined;
    }
  }

  function nextError() {
    const errors = () => all('#matrix .row:not([hidden]) .cell[data-status="error"] a.thumb');
    if (!errors().length && find('#matrix .cell[data-status="error"]')) clearFilter();
    const list = errors();
    if (!list.length) return;
    const here = byId(tabStop);
    const isAfter = (thumb) => here && here.compareDocumentPosition(thumb) & Node.DOCUMENT_POSITION_FOLLOWING;
    goTo(here === document.activeElement || here?.closest('[data-status="error"]') ? list.find(isAfter) ?? list[0] : list[0]);
  }

  function prepareGrid() {
    for (const thumb of all("#matrix a.thumb")) thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
    applyFilter();
    keepTabStop();
    tick();
  }

  // ---------- drawer and dialogs
  function openFrame(href, swap = "innerHTML") {
    const drawer = byId("drawer");
    htmx.ajax("GET", href, { source: drawer, target: drawer, swap: swap + " ignoreTitle:true" });
  }

  function frameCame(drawer, quiet) {
    const shown = find("[data-frame]", drawer);
    if (!shown) return;
    const thumb = byId("open-" + shown.dataset.frame);
    if (thumb) setTabStop(thumb);
    if (!drawer.open) drawer.showModal();
    if (!quiet) byId("drawer-h").focus();
  }

  function drawerClosed(drawer) {
    const shown = find("[data-frame]", drawer);
    drawer.replaceChildren();
    keepTabStop();
    goTo(byId("open-" + shown?.dataset.frame)?.closest(".row:not([hidden])") ? byId("open-" + shown.dataset.frame) : byId(tabStop));
  }

  async function printSheet(button) {
    button.disabled = true;
    const pictures = all("#matrix img");
    for (const picture of pictures) picture.loading = "eager"; // a lazy picture below the fold would print empty
    const loaded = Promise.allSettled(pictures.map((picture) => picture.decode()));
    await Promise.race([loaded, new Promise((done) => setTimeout(done, 15000))]);
    button.disabled = false;
    print();
  }

  async function copy(button) {
    await navigator.clipboard?.writeText(byId(button.dataset.copy).textContent);
    const word = find("span", button);
    word.textContent = "Copied";
    setTimeout(() => { word.textContent = "Copy"; }, 2000);
  }

  // ---------- figures that follow the run
  let clockOff = 0; // server's clock minus ours, in seconds
  let spoken = null; // what was last said aloud: tens of percent, failures
  let wasActive = false;
  let baseTitle = "";

  const figures = () => byId("stats")?.dataset;
  const trueControls = () => covered.controls ?? byId("controls");
  const active = () => Boolean(trueControls()?.hasAttribute("data-active"));

  function tick() {
    const now = Date.now() / 1000 + clockOff;
    for (const place of all("[data-since]")) place.textContent = Math.max(0, Math.floor(now - place.dataset.since)) + " s";
    const wait = find("[data-next-try]");
    if (wait) wait.textContent = nextTry ? `Trying again in ${Math.max(1, Math.ceil((nextTry - Date.now()) / 1000))} s.` : "Trying now.";
  }

  function say() {
    const text = figures()?.spoken;
    if (text && byId("progress-sr")) byId("progress-sr").textContent = text;
  }

  function figuresChanged() {
    const { percent, failed } = figures();
    const now = { tens: Math.floor(percent / 10), failed: Number(failed) };
    if (spoken && (now.tens !== spoken.tens || now.failed > spoken.failed)) say();
    spoken = now;
  }

  function runChanged() {
    if (active() !== wasActive) say();
    wasActive = active();
  }

  let pillWasRunning = false;

  function pillChanged() {
    const pill = byId("runpill");
    const running = "running" in pill.dataset;
    document.title = (running ? pill.dataset.percent + "% · " : pillWasRunning && pill.dataset.kind === "done" ? "✓ " : "") + baseTitle;
    if (pillWasRunning && !running && byId("live") && !wanted()) refresh();
    pillWasRunning = running;
  }

  /* On pages without an open stream (other steps, after Disconnect, a hidden tab) the pill and the tab's title still follow. */
  function followPill() {
    const pill = byId("runpill");
    const cheapPage = find(".steps a")?.getAttribute("href");
    if (!cheapPage || !pill || !("running" in pill.dataset) || stream || trouble) return;
    htmx.ajax("GET", cheapPage, { source: pill, target: pill, select: "#runpill", swap: "outerHTML ignoreTitle:true" });
  }

  function logChanged() {
    const list = byId("log-list");
    const seen = new Set();
    for (const line of [...list.children].slice(0, 60)) { // a reconnect may send lines that are here already
      const key = line.dataset.at + line.textContent;
      if (seen.has(key)) line.remove();
      seen.add(key);
    }
    while (list.children.length > 200) list.lastElementChild.remove();
    const newest = list.firstElementChild;
    if (newest) byId("log-last").replaceChildren(find("time", newest).cloneNode(true), " " + find(".log-m", newest).textContent);
  }

  function cellChanged(cell) {
    const thumb = find("a.thumb", cell);
    thumb.tabIndex = thumb.id === tabStop ? 0 : -1;
    filterLater(cell.closest(".row"));
    tick();
    const frame = cell.id.slice("cell-".length);
    const drawer = byId("drawer");
    if (drawer?.open && find(`[data-frame="${frame}"], [data-tab="${frame}"]`, drawer)) {
      openFrame(find("[data-frame]", drawer).dataset.href, "innerMorph");
    }
  }

  // ---------- connection
  const HEARTBEAT = 15000;
  let stream = null; // hx-sse's connection while it is open
  let heard = 0; // when it last brought anything
  let trouble = ""; // "", "lost" or "unreachable": which overlay stands
  let covered = {}; // the parts an overlay stands in for
  let tries = 0;
  let nextTry = 0;
  let timer = 0;
  let checks = 0;
  let lostSince = 0;

  const wanted = () => Boolean(byId("live")?.hasAttribute("hx-sse:connect"));

  function paintIndicator() {
    const place = find("[data-conn]");
    if (!place) return;
    place.hidden = !stream;
    if (!stream) place.replaceChildren();
    else if (!place.firstChild) place.append(byId("tpl-connected").content.cloneNode(true));
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

  function disconnected() {
    stream = null;
    paintIndicator();
  }

  function checkIn(wait) {
    clearTimeout(timer);
    timer = setTimeout(check, wait);
  }

  async function reachable() {
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) });
      return true; // any answer will do: this asks for the server, not for its health
    } catch {
      return false;
    }
  }

  function unreachable() {
    disconnected();
    cover("unreachable");
    const wait = Math.min(8000, 1000 * 2 ** tries);
    tries += 1;
    nextTry = Date.now() + wait;
    checkIn(wait);
    tick();
  }

  /* Why is there no stream? Asks the server, shows what it means, and asks again until the stream is back. */
  async function check() {
    clearTimeout(timer);
    if (document.hidden || !byId("banner")) return;
    checks += 1;
    const turn = checks;
    nextTry = 0;
    tick();
    const there = await reachable();
    if (turn !== checks || stream) return;
    if (!there) return unreachable();
    const cameBack = trouble === "unreachable";
    tries = 0;
    if (!wanted()) {
      uncover();
      if (cameBack) refresh();
      return undefined;
    }
    if (active()) cover("lost");
    else uncover();
    lostSince ||= Date.now();
    if (cameBack || Date.now() - lostSince > 15000) renewStream();
    checkIn(3000);
    return undefined;
  }

  /* A fresh element connects at once, where hx-sse would still be waiting or stuck. */
  function renewStream() {
    const old = byId("live");
    const fresh = old.cloneNode();
    fresh.removeAttribute("data-htmx-powered");
    fresh.removeAttribute("class");
    lostSince = Date.now();
    htmx.trigger(old, "htmx:abort");
    old.replaceWith(fresh);
    htmx.process(fresh);
  }

  function refresh() {
    htmx.ajax("GET", location.pathname + location.search, { source: "#main", target: "#main", select: "#main", swap: "outerMorph ignoreTitle:true" });
  }

  document.addEventListener("htmx:sse:after:connection", ({ detail }) => {
    stream = detail.connection;
    heard = Date.now();
    tries = 0;
    lostSince = 0;
    clearTimeout(timer);
    uncover();
  });
  document.addEventListener("htmx:sse:before:connection", ({ detail }) => {
    if (!detail.connection.attempt) return; // the first one has just been answered
    disconnected();
    checkIn(1500); // a restart is usually over by then
  });
  document.addEventListener("htmx:sse:error", ({ detail }) => {
    if (detail.status === 401) location.reload();
    disconnected();
    if (trouble !== "unreachable") check(); // else the countdown goes on
  });
  document.addEventListener("htmx:sse:close", ({ detail }) => {
    if (detail.connection !== stream) return;
    disconnected();
    if (wanted()) checkIn(1500);
  });
  document.addEventListener("htmx:sse:before:message", () => { heard = Date.now(); });
  document.addEventListener("htmx:before:response", (event) => {
    const { raw, status } = event.detail.ctx.response;
    if (status === 401) { // the password was asked for anew: the page itself leads to the sign-in page and back
      event.preventDefault();
      location.reload();
    }
    const off = (Date.parse(raw.headers.get("Date")) - Date.now()) / 1000;
    clockOff = Math.abs(off) > 2 ? off : 0; // the header has whole seconds
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    if (!detail.ctx || detail.ctx.response) return; // something else than the way to the server
    if (detail.ctx.sourceElement?.closest?.("#controls") && byId("banner")) unreachable();
    else if (!stream) check();
  });
  document.addEventListener("htmx:response:error", ({ detail }) => {
    if (detail.ctx.sourceElement?.id === "live" && !stream) checkIn(500);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { // hx-sse closes the stream of a hidden tab without a word
      disconnected();
      clearTimeout(timer);
    } else if (wanted() || trouble) {
      checkIn(trouble ? 0 : 2500);
    }
  });
  addEventListener("online", () => { if (trouble) check(); });
  addEventListener("offline", () => { if (wanted()) check(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(() => {
    if (!stream || Date.now() - heard < 2.5 * HEARTBEAT) return;
    stream.reader?.cancel(); // half open: hx-sse takes it for an end and connects anew
    disconnected();
    check();
  }, 5000);

  // ---------- after a swap
  let focusedId = "";
  let focusedControl = false;

  document.addEventListener("focusin", ({ target }) => {
    focusedId = target.id;
    focusedControl = Boolean(target.closest("#controls"));
    if (target.matches("#matrix a.thumb")) setTabStop(target);
  });

  /* The button just pressed may be gone: stay among the controls instead of falling back to the top of the page. */
  function keepFocus() {
    if (!focusedControl || (document.activeElement && document.activeElement !== document.body)) return;
    const same = byId(focusedId);
    (same && !same.disabled ? same : byId("controls"))?.focus({ preventScroll: true });
  }

  document.addEventListener("htmx:before:settle", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.matches("td.cell")) return cellChanged(target);
    switch (target.id) {
      case "controls": delete covered.controls; paintIndicator(); keepFocus(); runChanged(); break;
      case "banner": delete covered.banner; break;
      case "stats": figuresChanged(); break;
      case "count-error": byId("next-error").hidden = target.textContent === "0"; break;
      case "log-list": logChanged(); break;
      case "runpill": pillChanged(); break;
      case "main": covered = {}; trouble = ""; ready(); break;
    }
    return undefined;
  });
  document.addEventListener("htmx:after:swap", ({ target, detail }) => {
    if (target.id === "drawer" && detail.ctx.response?.status < 400) frameCame(target, detail.ctx.swap.startsWith("innerMorph"));
  });

  // ---------- clicks and choices
  function outside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    const hit = (selector) => target.closest(selector);
    if (target.matches("dialog") && event.detail && outside(target, event)) return target.close();
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const frame = plain && (hit("#matrix a.thumb") ?? hit("#drawer [data-frame-link]"));
    const filter = hit('a[href^="#filter-"]');
    const closing = hit("dialog [data-close]");
    if (frame) { event.preventDefault(); openFrame(frame.getAttribute("href")); }
    else if (closing) { event.preventDefault(); closing.closest("dialog").close(); }
    else if (filter) { event.preventDefault(); showStatus(filter.getAttribute("href").slice(8)); if (filter.hash === "#filter-error") nextError(); }
    else if (hit("[data-dialog]")) byId(hit("[data-dialog]").dataset.dialog).showModal();
    else if (hit("[data-theme-toggle]")) nextTheme();
    else if (hit("[data-next-error]")) nextError();
    else if (hit("[data-clear-filter]")) clearFilter();
    else if (hit("[data-try-now]")) check();
    else if (hit("[data-print]")) printSheet(hit("[data-print]"));
    else if (hit("[data-copy]")) copy(hit("[data-copy]"));
    return undefined;
  });
  document.addEventListener("close", ({ target }) => { if (target.id === "drawer") drawerClosed(target); }, true);
  document.addEventListener("submit", (event) => { if (event.target.matches("#toolbar, #project-tools")) event.preventDefault(); });
  document.addEventListener("input", ({ target }) => {
    if (target.matches("#toolbar [name=status], #toolbar [name=q]")) applyFilter();
    else if (target.matches("#toolbar [name=density]")) chooseDensity(target.value);
    else if (target.matches("#project-tools *")) arrangeProjects();
    else if (target.id === "single-keys") memory.set("keys", target.checked ? "on" : "off");
  });

  function arrangeProjects() {
    const words = byId("find").value.trim().toLowerCase();
    const order = find("#project-tools [name=sort]").value;
    const list = byId("projects");
    const cards = [...list.children];
    for (const card of cards) card.hidden = !card.dataset.title.includes(words);
    const compare = order === "title" ? (a, b) => a.dataset.title.localeCompare(b.dataset.title) : (a, b) => b.dataset[order] - a.dataset[order];
    list.append(...cards.sort(compare));
    byId("nomatch").hidden = cards.some((card) => !card.hidden);
  }

  // ---------- keys
  const singleKeys = () => memory.get("keys") !== "off";

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const thumb = target.closest?.("#matrix a.thumb");
    const moved = thumb && !event.metaKey && !event.altKey ? beside(thumb, key, event.ctrlKey) : undefined;
    if (moved !== undefined) { event.preventDefault(); return goTo(moved); }
    const typing = target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !singleKeys()) return undefined;
    const dialog = find("dialog[open]");
    const neighbour = { j: "next", k: "previous" }[key.toLowerCase()];
    if (neighbour) return find(`${dialog ? "dialog[open] " : ""}[data-frame-link=${neighbour}]`)?.click();
    if (dialog) return undefined;
    if (key === "?") return byId("dlg-keys").showModal();
    if (key === "/" && byId("find")) { event.preventDefault(); byId("find").focus(); return byId("find").select(); }
    if (/^[0-5]$/.test(key)) return showStatus(["all", "pending", "generating", "complete", "exists", "error"][key]);
    switch (key.toLowerCase()) {
      case "e": return nextError();
      case "l": return byId("log")?.toggleAttribute("open");
      case "c": return byId("matrix") && chooseDensity(after(DENSITIES, document.body.dataset.density));
      default: return /^[a-z]$/i.test(key) ? find(`[data-key="${key.toLowerCase()}"]:not(:disabled)`)?.click() : undefined;
    }
  });

  // ---------- the document is there, for the first time or again
  function ready() {
    setTheme(root.dataset.theme);
    setDensity(document.body.dataset.density);
    byId("single-keys").checked = singleKeys();
    if (!byId("matrix")) return;
    const { percent, failed } = figures();
    spoken = { tens: Math.floor(percent / 10), failed: Number(failed) };
    wasActive = active();
    prepareGrid();
    paintIndicator();
  }

  document.addEventListener("DOMContentLoaded", () => {
    baseTitle = document.title;
    ready();
    if (byId("runpill")) pillChanged();
    find("[data-autoopen]")?.showModal();
    find(".steps [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    setInterval(tick, 1000);
    let turns = 0;
    setInterval(() => {
      turns += 1;
      if (!document.hidden || turns % 3 === 0) followPill();
    }, 5000);
  });
})();
