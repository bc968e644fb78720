/* Notices of the browser: asked for by a button only, shown only while the tab is hidden. */
import { byId, find, memory } from "../dom.js";

const possible = () => "Notification" in window && window.isSecureContext;
const on = () => possible() && Notification.permission === "granted" && memory.get("notices") === "on";

/* The panel says how it stands; it is there on one page only. */
export function paintNotices() {
  const said = byId("notices-said");
  if (!said) return;
  const state = !possible() ? "none" : on() ? "on" : Notification.permission === "denied" ? "denied" : "off";
  const button = find("[data-notices]");
  said.textContent = said.dataset[state];
  button.hidden = state === "none" || state === "denied";
  button.textContent = state === "on" ? button.dataset.on : button.dataset.off;
}

export async function turnNotices() {
  if (on()) memory.set("notices", "off");
  else if (await Notification.requestPermission() === "granted") memory.set("notices", "on");
  paintNotices();
}

/* A run is over, or waits for somebody: `pill` is how it stands now. Nothing is said of what the user did: stop, pause. */
export function noticeEnd(pill, project) {
  if (!document.hidden || !on() || !["done", "warn"].includes(pill.dataset.kind)) return;
  const words = find(".runpill-text", pill).textContent;
  const notice = new Notification(project, { body: `${words}: ${pill.querySelector(".num").textContent}`, tag: pill.getAttribute("href") });
  notice.addEventListener("click", () => { window.focus(); notice.close(); });
}
