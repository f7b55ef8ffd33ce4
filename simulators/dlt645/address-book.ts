import type { SimMeter } from '../world/meter.ts';
import type { Protocol } from '../world/spec.ts';

/** The meters of one protocol on a bus by their 12 digits; `A` in an address stands for any digit. */
export class AddressBook {
  readonly #meters: ReadonlyMap<string, SimMeter>;

  constructor(meters: readonly SimMeter[], protocol: Protocol) {
    this.#meters = new Map(
      meters.filter((meter) => meter.protocol === protocol).map((meter) => [plateAddress(meter), meter]),
    );
  }

  /** Who answers to an address now: those that it means and that are not silent for a reason of their own. */
  meant(address: string, atMs: number): readonly SimMeter[] {
    const exact = this.#meters.get(address);
    if (exact) return [exact];
    if (!address.includes('A')) return [];
    const pattern = new RegExp(`^${address.replaceAll('A', '.')}$`);
    const matches = [...this.#meters].filter(([candidate, meter]) => pattern.test(candidate) && !meter.isSilent(atMs));
    return matches.map(([, meter]) => meter);
  }
}

/** The 12 digits of a meter, high digit first. */
export function plateAddress(meter: SimMeter): string {
  return meter.spec.address.padStart(12, '0');
}

/**
 * What a master receives when several meters drive the bus at once: a low bit wins on RS-485, so that each byte is the
 * AND of what is sent, as long as the longest of them.
 */
export function collision(frames: readonly Uint8Array[]): Uint8Array {
  const length = Math.max(0, ...frames.map((frame) => frame.length));
  return Uint8Array.from({ length }, (_, i) => frames.reduce((byte, frame) => byte & (frame[i] ?? 0xff), 0xff));
}
