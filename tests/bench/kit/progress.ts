/** How a benchmark is getting on, in one line that only a terminal gets: a file would fill with it. */
export class Progress {
  readonly #name: string;
  readonly #begun = performance.now();
  readonly #isTerminal = process.stderr.isTTY === true;

  constructor(name: string) {
    this.#name = name;
  }

  at(what: string): void {
    if (!this.#isTerminal) return;
    const seconds = Math.round((performance.now() - this.#begun) / 1000);
    process.stderr.write(`\r\u001b[2K${this.#name} ${seconds} s: ${what}`);
  }

  /** Leaves the line free for the table. */
  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[2K');
  }
}
