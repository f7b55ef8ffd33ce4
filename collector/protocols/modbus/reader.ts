import type { LineProtocol, PlanMeter } from '#contract/plan.ts';
import { MOST_REGISTERS, type ModbusRegister } from '#contract/profile.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import { retrying, type Tries } from '../../lines/retrying.ts';
import { modbusProfile } from '../../profiles/modbus-catalogue.ts';
import type { ModbusProfile } from '../../profiles/modbus-profile.ts';
import { withoutImplausible } from '../implausible.ts';
import type { Answer, MeterReader } from '../meter-reader.ts';
import type { Missing } from '../missing.ts';
import { decodeRegister } from './decode.ts';
import { ExceptionReply } from './exceptions.ts';
import { LinkPort, rtuFraming, tcpFraming } from './link-port.ts';
import { type Block, planBlocks, registersFor } from './read-plan.ts';
import { Refusals } from './refusals.ts';
import { RegisterClient } from './register-client.ts';
import { hasHeader, type Located, type ModelHeader, SunSpecFinder, withHeader } from './sunspec.ts';
import { RtuUnits, TcpUnits, type UnitReader } from './unit-reader.ts';

/** Rest of a meter that has answered that it is busy; so long once more after each further try. */
const BUSY_REST_MS = 500;
/** A meter that says "still at work" is asked again so often for one request before that counts as a failure. */
const MOST_NOT_YET = 4;

interface ModbusReaderParts {
  /** The line; nothing else may ask it. */
  readonly exchanger: Exchanger;
  readonly protocol: Extract<LineProtocol, `modbus-${string}`>;
  readonly clock: Clock;
  /** The catalogue of models unless named. */
  readonly profileOf?: (model: string) => ModbusProfile | undefined;
  /** How often one request may be sent; once unless named. */
  readonly tries?: Tries;
  /** What is known of meters to be missing; without it a refused register is asked for again after an hour. */
  readonly missing?: Missing;
}

/** What a model is asked for a list of items. */
interface ReadPlan {
  readonly registers: readonly ModbusRegister[];
  readonly blocks: readonly Block[];
}

/** An error stands for a value that cannot be. */
type Found = Map<QuantityName, number | null | ReadError>;

/** One meter being read: how, and what has come so far. */
interface Reading {
  readonly meter: PlanMeter;
  readonly unit: number;
  readonly profile: ModbusProfile;
  /** Of a SunSpec meter: where its model was found, looked at with every read. */
  readonly header: ModelHeader | null;
  readonly found: Found;
}

/** The SunSpec model of a meter is not where it was found. */
const MOVED = 'moved';

/**
 * Reads Modbus meters. They keep no history: every task gets the present registers, and it is the caller who asks at
 * the slot's moment.
 */
export class ModbusReader implements MeterReader {
  readonly #units: UnitReader;
  readonly #clock: Clock;
  readonly #profileOf: (model: string) => ModbusProfile | undefined;
  readonly #tries: Tries;
  readonly #refusals: Refusals;
  readonly #sunspec: SunSpecFinder;
  /** By the task's list of items, which lives as long as the plan of the collector. */
  readonly #plans = new WeakMap<Task['items'], WeakMap<ModbusProfile, ReadPlan>>();

  constructor({ exchanger, protocol, clock, profileOf = modbusProfile, tries = () => 1, missing }: ModbusReaderParts) {
    const isTcp = protocol === 'modbus-tcp';
    const client = new RegisterClient(new LinkPort(exchanger, isTcp ? tcpFraming() : rtuFraming()), clock);
    this.#units = isTcp ? new TcpUnits(client) : new RtuUnits(client, clock);
    this.#clock = clock;
    this.#profileOf = profileOf;
    this.#tries = tries;
    this.#refusals = new Refusals(missing);
    this.#sunspec = new SunSpecFinder(this.#units, clock);
  }

  async probe(meter: PlanMeter): Promise<void> {
    const profile = this.#profile(meter);
    await this.#units.probe(unitOf(meter), profile.sunspec ? this.#sunspec.modelOf(meter, profile) : profile);
  }

  async read(meter: PlanMeter, task: Task, _slot: number): Promise<Answer> {
    if (task.kind === 'event') throw notSupported(`model ${meter.model} records no events`);
    const profile = this.#profile(meter);
    if (!profile.sunspec) {
      const answer = await this.#readBy(meter, task, { profile, header: null });
      if (answer === MOVED) throw new Error('BUG: only SunSpec models move');
      return answer;
    }
    const known = this.#sunspec.known(meter);
    const first = known ? await this.#readBy(meter, task, known) : MOVED;
    if (first !== MOVED) return first;
    this.#sunspec.forget(meter);
    if (known) this.#refusals.forget(meter.id);
    const answer = await this.#readBy(meter, task, await this.#sunspec.find(meter, unitOf(meter), profile), true);
    if (answer !== MOVED) return answer;
    this.#sunspec.forget(meter);
    throw new ReadError('malformed', 'the SunSpec model is not where it was found', { answered: true });
  }

  /** `isFresh`: the place of the SunSpec model was found just now, so a refusal is about single registers. */
  async #readBy(
    meter: PlanMeter,
    task: Task,
    { profile, header }: Pick<Located, 'profile'> & { header: ModelHeader | null },
    isFresh = false,
  ): Promise<Answer | typeof MOVED> {
    const { registers, blocks } = this.#planOf(profile, header, task.items);
    if (registers.length === 0) throw notSupported(`model ${meter.model} has no item of task ${task.id}`);
    const reading: Reading = { meter, unit: unitOf(meter), profile, header, found: new Map() };
    const { functionCode } = profile;
    const isNarrowed =
      this.#refusals.has(meter.id, this.#clock.mono()) || this.#refusals.lacksAny(meter.id, functionCode, registers);
    const refused = isNarrowed ? null : await this.#readBlocks(reading, blocks, header !== null && !isFresh);
    if (refused === MOVED) return MOVED;
    if ((isNarrowed || refused) && (await this.#readNarrowed(reading, registers, refused)) === MOVED) return MOVED;
    const values: Found = new Map();
    for (const item of task.items) {
      const value = reading.found.get(item);
      if (value !== undefined) values.set(item, value);
    }
    return { meterTime: null, readAt: this.#clock.now(), ...withoutImplausible(values), events: [] };
  }

  /** Splits what the meter refuses until everything that it has is read. */
  async #readNarrowed(
    reading: Reading,
    registers: readonly ModbusRegister[],
    firstRefusal: ExceptionReply | null,
  ): Promise<typeof MOVED | null> {
    const { meter, profile, header, found } = reading;
    if (header && (await this.#readBlocks(reading, withHeader([], header, 0), true)) === MOVED) return MOVED;
    let refused = firstRefusal;
    for (;;) {
      const open = registers.filter(({ quantity }) => !found.has(quantity));
      const blocks = this.#refusals.plan(meter.id, profile.functionCode, open, profile.quirks);
      if (blocks.length === 0) break;
      const outcome = await this.#readBlocks(reading, blocks, false);
      if (outcome === MOVED) return MOVED;
      refused = outcome ?? refused;
    }
    if (found.size === 0) throw refused ?? notSupported('the meter is known to refuse every item');
    this.#refusals.keep(meter.id, profile.functionCode, registers);
    return null;
  }

  /** Stops at the first block that the meter refuses and returns its refusal. `mayHaveMoved`: a refusal says that the model is elsewhere. */
  async #readBlocks(
    reading: Reading,
    blocks: readonly Block[],
    mayHaveMoved: boolean,
  ): Promise<ExceptionReply | typeof MOVED | null> {
    for (const block of blocks) {
      let data: Buffer;
      try {
        data = await this.#readBlock(reading, block);
      } catch (error) {
        if (!(error instanceof ExceptionReply && error.isAboutBlock)) throw error;
        if (mayHaveMoved) return MOVED;
        this.#refusals.refused(reading.meter.id, block, error.detail, this.#clock.mono());
        return error;
      }
      if (reading.header?.address === block.address && !hasHeader(reading.header, data)) return MOVED;
      take(reading, block, data);
    }
    return null;
  }

  /** A busy meter is asked again after a rest; one that is still at work with our request has not failed yet. */
  #readBlock({ unit, profile }: Reading, { address, quantity }: Block): Promise<Buffer> {
    const request = { unit, functionCode: profile.functionCode, address, quantity };
    let notYet = 0;
    const ask = async (): Promise<Buffer> => {
      for (;;) {
        try {
          return await this.#units.read(request, profile);
        } catch (error) {
          if (!(error instanceof ExceptionReply && error.isNotYet) || notYet === MOST_NOT_YET) throw error;
          await this.#clock.sleep('meter at work', ++notYet * BUSY_REST_MS);
        }
      }
    };
    return retrying(this.#tries, ask, (sent) => this.#clock.sleep('busy meter', sent * BUSY_REST_MS));
  }

  #profile({ model }: PlanMeter): ModbusProfile {
    const profile = this.#profileOf(model);
    if (profile === undefined) throw notSupported(`model ${model} has no Modbus profile`);
    return profile;
  }

  #planOf(profile: ModbusProfile, header: ModelHeader | null, items: Task['items']): ReadPlan {
    let plans = this.#plans.get(items);
    if (plans === undefined) {
      plans = new WeakMap();
      this.#plans.set(items, plans);
    }
    let plan = plans.get(profile);
    if (plan === undefined) {
      const registers = registersFor(profile, items);
      const blocks = planBlocks(registers, profile.quirks);
      plan = { registers, blocks: header ? withHeader(blocks, header, MOST_REGISTERS) : blocks };
      plans.set(profile, plan);
    }
    return plan;
  }
}

/**
 * Decodes what stands in a block. Where two registers hold one quantity, the later one counts if it has a value: the
 * value of a phase stands behind the average of all.
 */
function take({ profile, found }: Reading, { address, registers }: Block, data: Buffer): void {
  for (const register of registers) {
    const value = decodeRegister(register, profile.wordOrder, data, 2 * (register.address - address));
    if (value !== null || !found.has(register.quantity)) found.set(register.quantity, value);
  }
}

function unitOf({ address }: PlanMeter): number {
  const unit = Number(address);
  if (Number.isInteger(unit) && unit >= 1 && unit <= 247) return unit;
  throw notSupported(`unit ${address} is not within 1 … 247`);
}

function notSupported(detail: string): ReadError {
  return new ReadError('not_supported', detail, { next: 'skip' });
}
