/* Short names for looking things up. Parts of the page are swapped at any time, so elements are looked up when needed. */
export const byId = (id) => document.getElementById(id);
export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const following = (list, item) => list[(list.indexOf(item) + 1) % list.length];

/* The reader's own choices. In a private window they are not remembered. */
export const memory = {
  get(name) { try { return localStorage.getItem("step8." + name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem("step8." + name, value); } catch { /* nothing is lost but the choice */ } },
};
