/* What every page has: theme, dialogs, copying; and the list of projects. */
import { all, byId, find, following, memory } from "./dom.js";

const THEMES = ["auto", "light", "dark"];

export function nameTheme() {
  const { theme } = document.documentElement.dataset;
  find("[data-theme-toggle]").setAttribute("aria-label", "Theme: " + (theme === "auto" ? "match system" : theme));
}

export function nextTheme() {
  const theme = following(THEMES, document.documentElement.dataset.theme);
  document.documentElement.dataset.theme = theme;
  memory.set("theme", theme);
  nameTheme();
}

export function isOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

export async function copy(button) {
  await navigator.clipboard?.writeText(byId(button.dataset.copy).textContent);
  const word = find("span", button);
  word.textContent = "Copied";
  setTimeout(() => { word.textContent = "Copy"; }, 2000);
}

export function arrangeProjects() {
  const words = byId("find").value.trim().toLowerCase();
  const order = find("#project-tools [name=sort]").value;
  const cards = all("#projects > li");
  for (const card of cards) card.hidden = !card.dataset.title.includes(words);
  const byTitle = (a, b) => a.dataset.title.localeCompare(b.dataset.title);
  const byNumber = (a, b) => b.dataset[order] - a.dataset[order];
  byId("projects").append(...cards.sort(order === "title" ? byTitle : byNumber));
  byId("nomatch").hidden = cards.some((card) => !card.hidden);
}
