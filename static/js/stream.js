/* The stream of hints, kept open: used by the shared worker, or by a page of its own. */

const AGAIN = 3000; // milliseconds until a stream that was refused is asked for anew; a lost one comes back by itself

export class HintStream {
  #take;
  #source = null;
  #timer = 0;

  constructor(take) {
    this.#take = take;
  }

  open() {
    if (this.#source) return;
    clearTimeout(this.#timer);
    this.#source = new EventSource("/hints");
    for (const kind of ["listening", "run", "export"]) {
      this.#source.addEventListener(kind, ({ data }) => this.#take({ kind, projects: data.split(" ") }));
    }
    this.#source.addEventListener("goodbye", () => this.#openLater());
    this.#source.addEventListener("error", () => { if (this.#source?.readyState === EventSource.CLOSED) this.#openLater(); });
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #openLater() {
    this.close();
    this.#timer = setTimeout(() => this.open(), AGAIN);
  }
}
