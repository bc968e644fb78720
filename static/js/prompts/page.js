/* Step 7: another beat without a new page. What was typed is saved on the way, and never thrown away by an answer. */
import { all, byId, find } from "../dom.js";

const SENDERS = ["peditor", "plist-find", "prompts"];
let held = new Map(); // what each field held when a request went out
let saving = false;

const fields = () => all("#peditor textarea, #peditor [name=transition]");

export const unsaved = () => fields().some((field) => field.value !== field.defaultValue);

export function promptsSent(sender) {
  if (!SENDERS.includes(sender.id)) return;
  held = new Map(fields().map((field) => [field.id, field.value]));
  saving = sender.id === "peditor";
}

export function openBeat(link) {
  const editor = byId("peditor");
  if (link.dataset.beat && unsaved()) {
    find("[name=to]", editor).value = link.dataset.beat;
    editor.requestSubmit();
  } else {
    const prompts = byId("prompts");
    htmx.ajax("GET", link.getAttribute("href"), { source: prompts, target: prompts, swap: "innerMorph ignoreTitle:true" });
  }
}

/* The answer's text counts, except where the reader typed what was not sent. */
export function promptsCame() {
  for (const field of fields()) {
    const before = held.get(field.id);
    if (before === undefined || (saving && before === field.value)) field.value = field.defaultValue;
  }
  held = new Map();
  saving = false;
  const editor = byId("peditor");
  if (!editor) return;
  find("[name=to]", editor).value = "";
  for (const place of all("main form [name=beat]")) place.value = editor.dataset.beat;
  history.replaceState(history.state, "", editor.dataset.href);
  find(".plist [aria-current]")?.scrollIntoView({ block: "nearest" });
}

/* The count beside a prompt goes along while it is typed. */
export function promptsTyped(field) {
  const hint = field.matches("#peditor .pcard textarea") && byId(field.id + "-hint");
  if (hint && !hint.matches(".is-warn")) hint.textContent = field.value.length.toLocaleString("en") + " characters";
}

export function saveByKey(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches?.("#peditor *, [data-prompt-edit] *")) return false;
  event.preventDefault();
  event.target.form.requestSubmit();
  return true;
}

/* A prompt typed in a frame's details, to be saved or to reject its image with, waits there until the page is left. */
const drafts = new Map();

function drafted(drawer) {
  const frame = find("[data-frame]", drawer)?.dataset.frame;
  return all("#prompt-edit, #reject-prompt", drawer).map((field) => [field.id + " " + frame, field]);
}

export function keepDraft(drawer) {
  for (const [key, field] of drafted(drawer)) {
    if (field.value !== field.defaultValue) drafts.set(key, field.value);
    else drafts.delete(key);
  }
}

export function bringDraft(drawer) {
  for (const [key, field] of drafted(drawer)) {
    if (!drafts.has(key)) continue;
    field.value = drafts.get(key);
    field.closest("details").open = true;
  }
}
