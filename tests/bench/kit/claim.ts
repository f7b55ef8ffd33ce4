/** One line of the table of aims: what was measured, what was aimed at, and against what. */
export interface Claim {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly baseline: string;
  /** Null where nothing was aimed at. */
  readonly met: boolean | null;
}

/** Hands a line to the program that started this benchmark, if that one collects them. */
export function claim(line: Claim): void {
  process.send?.({ claim: line });
}
