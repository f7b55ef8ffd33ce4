/** A factor that holds from a second (inclusive) to another (exclusive). */
export interface Scaling {
  readonly fromS: number;
  readonly untilS: number;
  readonly factor: number;
}

/** Product of all scalings as a function of time: constant pieces, 1 where none applies. */
export class FactorLine {
  /** `#starts[i]` begins piece i; the piece before the first start has factor 1. */
  readonly #starts: number[] = [];
  readonly #factors: number[] = [];

  constructor(scalings: readonly Scaling[]) {
    const borders = new Set(scalings.flatMap(({ fromS, untilS }) => [fromS, untilS]));
    for (const start of [...borders].sort((a, b) => a - b)) {
      if (start === Number.POSITIVE_INFINITY) continue;
      const active = scalings.filter(({ fromS, untilS }) => fromS <= start && start < untilS);
      this.#starts.push(start);
      this.#factors.push(active.reduce((product, { factor }) => product * factor, 1));
    }
  }

  at(second: number): number {
    let factor = 1;
    for (let i = 0; i < this.#starts.length && (this.#starts[i] ?? 0) <= second; i++) factor = this.#factors[i] ?? 1;
    return factor;
  }

  /** The factor in all of [fromS, untilS), or undefined when it changes inside. */
  constantIn(fromS: number, untilS: number): number | undefined {
    const changes = this.#starts.some((start) => fromS < start && start < untilS);
    return changes ? undefined : this.at(fromS);
  }

  /** Integral of the factor over [fromS, untilS), in seconds. */
  weight(fromS: number, untilS: number): number {
    if (this.#starts.length === 0) return untilS - fromS;
    return this.#pieces(fromS, untilS).reduce((sum, [seconds, factor]) => sum + seconds * factor, 0);
  }

  #pieces(fromS: number, untilS: number): [seconds: number, factor: number][] {
    const pieces: [number, number][] = [];
    let cursor = fromS;
    let factor = this.at(fromS);
    for (let i = 0; i < this.#starts.length; i++) {
      const start = this.#starts[i] ?? 0;
      if (start <= cursor) continue;
      if (start >= untilS) break;
      pieces.push([start - cursor, factor]);
      cursor = start;
      factor = this.#factors[i] ?? 1;
    }
    pieces.push([untilS - cursor, factor]);
    return pieces;
  }
}
