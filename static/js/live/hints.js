/* Told that something changed, a page reads it anew: nobody asks again and again.

   One stream of hints serves every tab of the browser, which allows only six connections to a server: it belongs to a
   shared worker. Where there is none, each tab that can be seen has a stream of its own. */
import { HintStream } from "./hint-stream.js";

const SHOWN = 2000; // milliseconds at least between two readings of a tab that can be seen, and of a hidden one
const HIDDEN = 10000;

/* Calls `heard(kind, concerns)` with each hint: "run", "export", or "listening" when some may have been missed.
   `concerns(project)` says whether it is about that project. */
export function followHints(heard) {
  const take = ({ kind, projects }) => heard(kind, (project) => kind === "listening" || projects.includes(project));
  if (window.SharedWorker) shareStream(take);
  else ownStream(take);
}

function shareStream(take) {
  const worker = new SharedWorker(new URL("hints-worker.js", import.meta.url), { type: "module", name: "step8-hints" });
  const { port } = worker;
  worker.onerror = () => { worker.onerror = null; ownStream(take); }; // it could not be loaded
  port.onmessage = ({ data }) => take(data);
  addEventListener("pagehide", () => port.postMessage("bye"));
}

function ownStream(take) {
  const stream = new HintStream(take);
  const follow = () => { if (document.hidden) stream.close(); else stream.open(); };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => stream.close());
  follow();
}

/* `act`, at once and then not before a while has passed, however often it is asked for; never left out at the end. */
export function nowAndThen(act) {
  let resting = false;
  let again = false;
  return function ask() {
    again = resting;
    if (resting) return;
    resting = true;
    act();
    setTimeout(() => {
      resting = false;
      if (again) ask();
    }, document.hidden ? HIDDEN : SHOWN);
  };
}
