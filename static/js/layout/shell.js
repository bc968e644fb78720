/* What every page has: theme, dialogs, copying; and the list of projects. */
import { all, byId, find, following, memory } from "../dom.js";

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

/* Whether what was typed is saved, below the steps. Search, filters and words typed to confirm are nothing to save. */
const TYPED = ":is(main form[method=post], [data-prompt-edit]) :is(textarea, input:not([type=hidden], [type=search], [data-confirm]), select)";

function isChanged(field) {
  if (field.matches("select")) return field.selectedOptions[0] !== (find("option[selected]", field) ?? field.options[0]);
  return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

export function tellSaved() {
  if (!byId("saved")) return;
  const changed = all(TYPED).some(isChanged);
  byId("saved").hidden = changed;
  byId("unsaved").hidden = !changed;
}

/* After a swap: only what was not saved can have changed. */
export function tellSavedAgain() {
  if (byId("unsaved")?.hidden === false) tellSaved();
}

/* A menu closes when something else is clicked, and at Escape, which gives the focus back to it. */
export function closeMenus(except) {
  for (const menu of all("details.menu[open]")) if (!except || !menu.contains(except)) menu.open = false;
}

export function escapeMenu(event) {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  find("summary", menu).focus();
}

/* A form that came for a dialog is shown in it. What must be typed to confirm arms its button. */
export function openForm(dialog) {
  closeMenus();
  arm(find("[data-confirm]", dialog));
  if (!dialog.open) dialog.showModal();
}

export function arm(field) {
  if (!field) return;
  const words = (text) => text.normalize("NFC").trim().split(/\s+/).join(" ");
  find(".btn--danger", field.form).disabled = words(field.value) !== words(field.dataset.confirm);
}

export function arrangeProjects() {
  const words = byId("find").value.trim().toLowerCase();
  const order = find("#project-tools [name=sort]")?.value;
  const cards = all("#projects > li");
  for (const card of cards) card.hidden = !card.dataset.title.includes(words);
  byId("nomatch").hidden = cards.some((card) => !card.hidden);
  if (!order) return;
  const byTitle = (a, b) => a.dataset.title.localeCompare(b.dataset.title);
  const byNumber = (a, b) => b.dataset[order] - a.dataset[order];
  byId("projects").append(...cards.sort(order === "title" ? byTitle : byNumber));
}
