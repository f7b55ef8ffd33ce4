import type { Fault } from '../faults/fault.ts';
import type { LineSpec } from './spec.ts';

const HOLD_MS = 5_000;
const BOOT_MS = 3_000;
/** An outage of these takes the terminal with it; boxes and branches hang behind it. */
const AT_TERMINAL: readonly Fault['target']['kind'][] = ['area', 'feeder'];

/** One time without power at a terminal, UTC ms; null for ever. */
export interface Dark {
  readonly fromMs: number;
  readonly untilMs: number | null;
  /** Its last breath gets through. */
  readonly gasps: boolean;
}

/** The supply of the terminal at the head of a line, from the faults that ever strike its supply meter. */
export class TerminalPower {
  readonly #holdMs: number;
  readonly #bootMs: number;
  readonly #faults: () => readonly Fault[];

  constructor({ terminal }: LineSpec, faults: () => readonly Fault[]) {
    this.#holdMs = terminal?.holdMs ?? HOLD_MS;
    this.#bootMs = terminal?.bootMs ?? BOOT_MS;
    this.#faults = faults;
  }

  /** Earliest first. An outage since ever was before anything could be told. */
  get darks(): Dark[] {
    return this.#faults()
      .filter(({ kind, target }) => kind === 'no-power' && AT_TERMINAL.includes(target.kind))
      .map(({ from, until, params }) => ({ fromMs: from ?? 0, untilMs: until, gasps: params.gasp ?? true }))
      .toSorted((a, b) => a.fromMs - b.fromMs);
  }

  /** True while it has neither power nor charge, and while it starts again. */
  isOff(nowMs: number): boolean {
    return this.darks.some(
      ({ fromMs, untilMs }) => fromMs + this.#holdMs <= nowMs && (untilMs === null || nowMs < untilMs + this.#bootMs),
    );
  }

  /** True while it lives on its capacitor. */
  isGasping(nowMs: number): boolean {
    return this.darks.some(({ fromMs }) => fromMs <= nowMs && nowMs < fromMs + this.#holdMs);
  }

  /** Instants at which any of this changes. */
  get borders(): number[] {
    return this.darks.flatMap(({ fromMs, untilMs }) => [
      fromMs,
      fromMs + this.#holdMs,
      ...(untilMs === null ? [] : [untilMs, untilMs + this.#bootMs]),
    ]);
  }
}
