import type { OutageSettings } from './settings.ts';

const SECONDS = 60;

/** Counts the meters that went dark in the last minute, by the second in which that was heard. */
export class StormGauge {
  readonly #counts = new Uint32Array(SECONDS);
  #second = 0;

  /** `seenAt`: UTC ms. */
  count(seenAt: number): void {
    const second = Math.floor(seenAt / 1000);
    if (second <= this.#second - SECONDS) return;
    this.#advance(second);
    const place = second % SECONDS;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  isStorm(
    now: number,
    openIncidents: number,
    settings: Pick<OutageSettings, 'stormMetersPerMin' | 'stormIncidents'>,
  ): boolean {
    this.#advance(Math.floor(now / 1000));
    const meters = this.#counts.reduce((sum, count) => sum + count, 0);
    return meters > settings.stormMetersPerMin || openIncidents >= settings.stormIncidents;
  }

  #advance(second: number): void {
    if (second <= this.#second) return;
    if (second - this.#second >= SECONDS) this.#counts.fill(0);
    else for (let next = this.#second + 1; next <= second; next++) this.#counts[next % SECONDS] = 0;
    this.#second = second;
  }
}
