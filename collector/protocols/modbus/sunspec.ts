import type { PlanMeter } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { ModbusProfile } from '../../profiles/modbus-profile.ts';
import { isSunSpecMeter, placedAt, sunSpecTable } from '../../profiles/modbus-sunspec.ts';
import { ExceptionReply } from './exceptions.ts';
import type { Block } from './read-plan.ts';
import { type Model, ProbeRefused, type UnitReader } from './unit-reader.ts';

/** SunSpec Device Information Model Specification, 6.1: where the header may be, in the order in which it is sought. */
const BASES = [40_000, 0, 50_000] as const;
/** "SunS" */
const HEADER = [0x5375, 0x6e53] as const;
const END_MODEL = 0xffff;
const LAST_ADDRESS = 0xffff;
/** Models that are looked at before the chain counts as endless; devices have about ten. */
const MOST_MODELS = 50;
/** A device that was found to have no meter is not searched again for so long. */
const FRUITLESS_MS = 600_000;

/** Number and length of the model, which stand before its values as long as it is where it was found. */
export interface ModelHeader {
  readonly address: number;
  readonly model: number;
  readonly length: number;
}

/** A SunSpec meter with the addresses of its own device. */
export interface Located {
  readonly profile: ModbusProfile;
  readonly header: ModelHeader;
}

/**
 * Finds out where SunSpec devices keep their meter model, and remembers it until told to forget it. Rejects with a
 * ReadError like any read.
 */
export class SunSpecFinder {
  readonly #units: UnitReader;
  readonly #clock: Clock;
  readonly #located = new Map<string, Located>();
  readonly #bases = new Map<string, number>();
  readonly #fruitless = new Map<string, { readonly error: ReadError; readonly until: number }>();

  constructor(units: UnitReader, clock: Clock) {
    this.#units = units;
    this.#clock = clock;
  }

  /** Where the meter's model was found, or null before that. */
  known({ id }: PlanMeter): Located | null {
    return this.#located.get(id) ?? null;
  }

  /** It is there no more; the base that held the header is tried first. */
  forget({ id }: PlanMeter): void {
    this.#located.delete(id);
  }

  /** How to ask the device anything: its header is what it surely has. */
  modelOf({ id }: PlanMeter, profile: ModbusProfile, base = this.#bases.get(id) ?? BASES[0]): Model {
    return { ...profile, probe: { address: base, quantities: profile.probe.quantities } };
  }

  async find(meter: PlanMeter, unit: number, profile: ModbusProfile): Promise<Located> {
    const fruitless = this.#fruitless.get(meter.id);
    if (fruitless && this.#clock.mono() < fruitless.until) throw fruitless.error;
    try {
      const located = await this.#search(meter, unit, profile);
      this.#fruitless.delete(meter.id);
      this.#located.set(meter.id, located);
      return located;
    } catch (error) {
      if (error instanceof ReadError && error.reason === 'not_supported') {
        this.#fruitless.set(meter.id, { error, until: this.#clock.mono() + FRUITLESS_MS });
      }
      throw error;
    }
  }

  async #search(meter: PlanMeter, unit: number, profile: ModbusProfile): Promise<Located> {
    const first = this.#bases.get(meter.id) ?? BASES[0];
    for (const base of [first, ...BASES.filter((other) => other !== first)]) {
      const model = this.modelOf(meter, profile, base);
      const words = await this.#words(unit, model, base, HEADER.length);
      if (words === null || HEADER.some((word, i) => words[i] !== word)) continue;
      this.#bases.set(meter.id, base);
      return this.#locate(profile, model, await this.#walk(unit, model, base));
    }
    throw notSupported(`no SunSpec header at ${BASES.join(', ')}`);
  }

  /** The first meter model of the chain. */
  async #walk(unit: number, model: Model, base: number): Promise<ModelHeader> {
    const seen: number[] = [];
    let address = base + HEADER.length;
    while (seen.length < MOST_MODELS && address < LAST_ADDRESS) {
      const [number, length] = (await this.#words(unit, model, address, 2)) ?? [];
      if (number === undefined || length === undefined || number === END_MODEL) break;
      if (isSunSpecMeter(number)) return { address, model: number, length };
      seen.push(number);
      address += 2 + length;
    }
    throw notSupported(
      `the SunSpec device at ${base} has no meter model (201 … 204, 211 … 214); it has ${seen.join(', ') || 'none'}`,
    );
  }

  #locate(profile: ModbusProfile, { probe }: Model, header: ModelHeader): Located {
    if (profile.sunspec?.includes(header.model) !== true) {
      const wanted = profile.sunspec?.join(', ');
      throw notSupported(`the device has SunSpec model ${header.model}; ${profile.id} stands for ${wanted}`);
    }
    const registers = placedAt(header.address, sunSpecTable(header.model, 2 + header.length));
    return { header, profile: { ...profile, registers, probe } };
  }

  /** Null where the device has no such registers. */
  async #words(unit: number, model: Model, address: number, quantity: number): Promise<number[] | null> {
    try {
      const data = await this.#units.read({ unit, functionCode: 3, address, quantity }, model);
      return Array.from({ length: quantity }, (_, i) => data.readUInt16BE(2 * i));
    } catch (error) {
      if (error instanceof ProbeRefused || (error instanceof ExceptionReply && error.isAboutBlock)) return null;
      throw error;
    }
  }
}

/** The blocks with the model's header among them, in one request with the first values where they fit. */
export function withHeader(blocks: readonly Block[], { address }: ModelHeader, most: number): Block[] {
  const [first, ...others] = blocks;
  const end = first ? first.address + first.quantity : 0;
  if (first && end - address <= most) return [{ ...first, address, quantity: end - address }, ...others];
  return [{ address, quantity: 2, registers: [] }, ...blocks];
}

/** True when a block that begins with the model's header still holds it. */
export function hasHeader({ model, length }: ModelHeader, data: Buffer): boolean {
  return data.readUInt16BE(0) === model && data.readUInt16BE(2) === length;
}

function notSupported(detail: string): ReadError {
  return new ReadError('not_supported', detail, { next: 'skip', answered: true });
}
