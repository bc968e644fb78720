/* The stream of hints, kept open: used by the shared worker, or by a page of its own. */

const AGAIN = 2000; // milliseconds until a stream that was refused is asked for anew, twice as long each time
const LONGEST = 60000; // a lost one comes back by itself

export class HintStream {
  #take;
  #source = null;
  #timer = 0;
  #wait = AGAIN;
  listening = false;

  constructor(take) {
    this.#take = take;
  }

  open() {
    if (this.#source) return;
    clearTimeout(this.#timer);
    this.#source = new EventSource("/hints");
    for (const kind of ["listening", "run", "export"]) {
      this.#source.addEventListener(kind, ({ data }) => this.#hear({ kind, projects: data.split(" ") }));
    }
    this.#source.addEventListener("goodbye", () => this.#openLater());
    this.#source.addEventListener("error", () => {
      this.listening = false;
      if (this.#source?.readyState === EventSource.CLOSED) this.#openLater();
    });
  }

  #hear(hint) {
    this.listening = true;
    this.#wait = AGAIN;
    this.#take(hint);
  }

  close() {
    this.listening = false;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #openLater() {
    this.close();
    this.#timer = setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(LONGEST, 2 * this.#wait);
  }
}
