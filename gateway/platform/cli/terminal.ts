import type { Clock } from '../clock.ts';

/** Where a command writes: results to one stream, remarks and progress to another. */
export interface Terminal {
  /** One or more lines of result. */
  out(text: string): void;
  /** A remark, or a failure told to a person. */
  note(text: string): void;
  /** Draws over the last line of the remarks; only called when `isLive`. */
  redraw(text: string): void;
  /** A person watches: progress may be drawn. */
  readonly isLive: boolean;
  readonly columns: number;
}

/** Between two plain lines of progress, ms. */
const PLAIN_MS = 5000;
/** Between two drawings, ms. */
const DRAW_MS = 80;
const BAR = 24;

/** How far a long command is: a bar where a person watches, else a line every few seconds. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  #toldAt: number;
  #isDrawn = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#toldAt = clock.mono();
  }

  /** `total` may grow on the way. */
  step(done: number, total: number, label: string): void {
    const now = this.#clock.mono();
    const { isLive, columns } = this.#terminal;
    if (now - this.#toldAt < (isLive ? DRAW_MS : PLAIN_MS)) return;
    this.#toldAt = now;
    const share = total === 0 ? 0 : Math.min(1, done / total);
    if (!isLive) {
      this.#terminal.note(`${done} of ${total}: ${label}`);
      return;
    }
    const full = Math.round(share * BAR);
    const text = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${done}/${total} ${label}`;
    this.#terminal.redraw(text.slice(0, Math.max(20, columns - 1)));
    this.#isDrawn = true;
  }

  /** Takes the bar away, so that other lines can be written. */
  clear(): void {
    if (this.#isDrawn) this.#terminal.redraw('');
    this.#isDrawn = false;
  }
}

/** Columns that a text takes: Chinese characters take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    width += (code >= 0x2e80 && code <= 0xffe6 && code !== 0xfeff) || code >= 0x20000 ? 2 : 1;
  }
  return width;
}

/** Rows in columns, two spaces apart; without trailing spaces. Columns named in `right` are flush right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const fill = ' '.repeat((widths[i] ?? 0) - displayWidth(cell));
          return right.includes(i) ? fill + cell : cell + fill;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1 meter`, `3 meters`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `0A 3F`. */
export function hexText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
