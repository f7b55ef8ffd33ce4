import type { Clock } from '#platform/clock.ts';

/** Wall and monotonic time may drift apart by this much before it counts as a jump, ms. */
const JUMP_MS = 60_000;

/** How long the wall clock has to run steadily after a jump before it is believed, ms. */
const SETTLING_MS = 600_000;

/** A moment on both clocks, ms. */
interface Moment {
  readonly wall: number;
  readonly mono: number;
}

export interface Judgement {
  readonly isSteady: boolean;
  /** No slot that lies later than this is certain to have come, UTC ms. */
  readonly ceiling: number;
}

/**
 * Judges the wall clock by the monotonic one. A host whose clock jumps to tomorrow for a minute must not lose a day:
 * what is given up is final. A jump is believed when the clock has run steadily since for ten minutes; a clock that
 * returns to where it should be is believed at once. The first look is believed, for there is nothing to judge it by.
 */
export class SteadyClock {
  readonly #clock: Pick<Clock, 'mono'>;
  #steady: Moment | null = null;
  /** Since when the clock runs steadily on its new course. */
  #jumped: Moment | null = null;

  constructor(clock: Pick<Clock, 'mono'>) {
    this.#clock = clock;
  }

  /** `wall`: what the wall clock shows now, UTC ms. */
  look(wall: number): Judgement {
    const now = { wall, mono: this.#clock.mono() };
    this.#steady ??= now;
    if (isOnCourse(this.#steady, now)) {
      this.#jumped = null;
      return { isSteady: true, ceiling: wall };
    }
    if (!this.#jumped || !isOnCourse(this.#jumped, now)) this.#jumped = now;
    if (now.mono - this.#jumped.mono >= SETTLING_MS) {
      this.#steady = now;
      this.#jumped = null;
      return { isSteady: true, ceiling: wall };
    }
    return { isSteady: false, ceiling: Math.min(wall, expected(this.#steady, now)) };
  }

  /**
   * The best guess of the true time, UTC ms: by it results are stamped. While the wall clock is in doubt it is what the
   * wall clock would show without its jump, so that a jump of seconds leaves no result dated an hour off. Judges nothing.
   */
  guess(wall: number): number {
    if (this.#steady === null) return wall;
    const now = { wall, mono: this.#clock.mono() };
    return isOnCourse(this.#steady, now) ? wall : Math.round(expected(this.#steady, now));
  }
}

function expected(since: Moment, now: Moment): number {
  return since.wall + (now.mono - since.mono);
}

function isOnCourse(since: Moment, now: Moment): boolean {
  return Math.abs(now.wall - expected(since, now)) <= JUMP_MS;
}

/** Believes every instant. */
export const BELIEVER: Pick<SteadyClock, 'look'> = { look: (wall) => ({ isSteady: true, ceiling: wall }) };

/** The clock with its wall time as `steady` guesses it: for whoever dates results. */
export function stampClock(clock: Clock, steady: Pick<SteadyClock, 'guess'>): Clock {
  return {
    now: () => steady.guess(clock.now()),
    mono: () => clock.mono(),
    after: (name, ms, run) => clock.after(name, ms, run),
    sleep: (name, ms, signal) => clock.sleep(name, ms, signal),
  };
}
