import type { Installation, Meter, MeterRole } from '#contract/registry.ts';
import { type Stay, stayOf } from './stay-usage.ts';

/** Stays by the role of their meters, each list ascending by meter, then by time. */
export type StaysByRole = Readonly<Record<MeterRole, readonly Stay[]>>;

/**
 * Who hung in which area when. Areas follow installations, not where a meter hangs today. Stays are made when they are
 * asked for.
 */
export class AreaStays {
  readonly #installationsIn: (area: string) => readonly Installation[];
  readonly #meterOf: (id: string) => Meter | undefined;
  readonly #isHead: (id: string) => boolean;
  readonly #versions = new Map<string, string>();

  /**
   * Of the installations in an area, ascending by meter, then by time; those of unknown meters are left out. `isHead`
   * tells the meters at heads of feeders: whatever area they are booked on, what they measure is not its supply.
   */
  constructor(
    installationsIn: (area: string) => readonly Installation[],
    meterOf: (id: string) => Meter | undefined,
    isHead: (id: string) => boolean,
  ) {
    this.#meterOf = meterOf;
    this.#isHead = isHead;
    this.#installationsIn = installationsIn;
  }

  /** All that hung in the area at some moment of [from, to). */
  of(area: string, from: number, to: number): StaysByRole {
    const stays: Record<MeterRole, Stay[]> = { customer: [], supply: [], check: [] };
    for (const installation of this.#installationsIn(area)) {
      if (installation.from >= to || (installation.to !== null && installation.to <= from)) continue;
      const meter = this.#meterOf(installation.meter);
      if (meter && !this.#isHead(meter.id)) stays[meter.role].push(stayOf(meter, installation));
    }
    return stays;
  }

  /** Digest of who hung in the area when, in which role and with which ratio: 16 hexadecimal digits. */
  version(area: string): string {
    let version = this.#versions.get(area);
    if (version === undefined) {
      version = digestOf(this.of(area, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
      this.#versions.set(area, version);
    }
    return version;
  }
}

function digestOf(stays: StaysByRole): string {
  const digest = new Digest();
  for (const [role, list] of Object.entries(stays)) {
    digest.add(role);
    for (const { meter, ratio, from, to } of list) digest.add(`${meter} ${ratio} ${from} ${to}\n`);
  }
  return digest.text();
}

/**
 * FNV-1a of 32 bits, twice with different multipliers (the FNV prime, and the prime next to 2³² ÷ golden ratio): enough
 * to tell versions of one area apart.
 */
class Digest {
  #first = 0x811c9dc5;
  #second = 0x811c9dc5;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      this.#first = Math.imul(this.#first ^ code, 0x01000193) >>> 0;
      this.#second = Math.imul(this.#second ^ code, 0x9e3779b1) >>> 0;
    }
  }

  text(): string {
    return [this.#first, this.#second].map((half) => half.toString(16).padStart(8, '0')).join('');
  }
}
