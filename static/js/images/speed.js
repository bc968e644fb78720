/* The speed form: the buttons beside its numbers, and sending it a moment after the last change. */
import { find } from "../dom.js";

const A_MOMENT = 400;
let timer = 0;

export function stepSpeed(button) {
  const input = find("input", button.parentElement);
  const now = Number(input.value || input.placeholder) || 0; // a number that is not set counts from the usual one
  const up = Number(button.dataset.step) > 0;
  if (!up && now <= 1) return;
  input.value = Math.min(Number(input.max), up ? Math.floor(now) + 1 : Math.ceil(now) - 1);
  speedChanged(input);
}

/* Until it is sent, no live update may put the old number back. */
export function speedChanged({ form }) {
  form.setAttribute("hx-morph-skip", "");
  clearTimeout(timer);
  timer = setTimeout(() => {
    form.removeAttribute("hx-morph-skip");
    form.requestSubmit();
  }, A_MOMENT);
}
