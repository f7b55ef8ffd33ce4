import type { LineProtocol, PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import { retrying, type Tries } from '../../lines/retrying.ts';
import { modbusProfile } from '../../profiles/modbus-catalogue.ts';
import type { ModbusProfile, ModbusRegister } from '../../profiles/modbus-profile.ts';
import { withoutImplausible } from '../implausible.ts';
import type { Answer, MeterReader } from '../meter-reader.ts';
import { decodeRegister } from './decode.ts';
import { ExceptionReply } from './exceptions.ts';
import { LinkPort, rtuFraming, tcpFraming } from './link-port.ts';
import { type Block, planBlocks, registersFor } from './read-plan.ts';
import { Refusals } from './refusals.ts';
import { RegisterClient } from './register-client.ts';
import { RtuUnits, TcpUnits, type UnitReader } from './unit-reader.ts';

/** Rest of a meter that has answered that it is busy; so long once more after each further try. */
const BUSY_REST_MS = 500;

interface ModbusReaderParts {
  /** The line; nothing else may ask it. */
  readonly exchanger: Exchanger;
  readonly protocol: Extract<LineProtocol, `modbus-${string}`>;
  readonly clock: Clock;
  /** The catalogue of models unless named. */
  readonly profileOf?: (model: string) => ModbusProfile | undefined;
  /** How often one request may be sent; once unless named. */
  readonly tries?: Tries;
}

/** What a model is asked for a list of items. */
interface ReadPlan {
  readonly registers: readonly ModbusRegister[];
  readonly blocks: readonly Block[];
}

/** An error stands for a value that cannot be. */
type Found = Map<QuantityName, number | null | ReadError>;

/**
 * Reads Modbus meters. They keep no history: every task gets the present registers, and it is the caller who asks at
 * the slot's moment.
 */
export class ModbusReader implements MeterReader {
  readonly #units: UnitReader;
  readonly #clock: Clock;
  readonly #profileOf: (model: string) => ModbusProfile | undefined;
  readonly #tries: Tries;
  readonly #refusals = new Refusals();
  /** By the task's list of items, which lives as long as the plan of the collector. */
  readonly #plans = new WeakMap<Task['items'], Map<ModbusProfile, ReadPlan>>();

  constructor({ exchanger, protocol, clock, profileOf = modbusProfile, tries = () => 1 }: ModbusReaderParts) {
    const isTcp = protocol === 'modbus-tcp';
    const client = new RegisterClient(new LinkPort(exchanger, isTcp ? tcpFraming() : rtuFraming()), clock);
    this.#units = isTcp ? new TcpUnits(client) : new RtuUnits(client, clock);
    this.#clock = clock;
    this.#profileOf = profileOf;
    this.#tries = tries;
  }

  async probe(meter: PlanMeter): Promise<void> {
    await this.#units.probe(unitOf(meter), this.#profile(meter));
  }

  async read(meter: PlanMeter, task: Task, _slot: number): Promise<Answer> {
    if (task.kind === 'event') throw notSupported(`model ${meter.model} records no events`);
    const profile = this.#profile(meter);
    const { registers, blocks } = this.#planOf(profile, task.items);
    if (registers.length === 0) throw notSupported(`model ${meter.model} has no item of task ${task.id}`);
    const found: Found = new Map();
    const isNarrowed = this.#refusals.has(meter.id, this.#clock.mono());
    const refused = isNarrowed ? null : await this.#readBlocks(meter, profile, blocks, found);
    if (isNarrowed || refused !== null) await this.#readNarrowed(meter, profile, registers, found, refused);
    const values: Found = new Map();
    for (const item of task.items) {
      const value = found.get(item);
      if (value !== undefined) values.set(item, value);
    }
    return { meterTime: null, readAt: this.#clock.now(), ...withoutImplausible(values), events: [] };
  }

  /** Splits what the meter refuses until everything that it has is read. */
  async #readNarrowed(
    meter: PlanMeter,
    profile: ModbusProfile,
    registers: readonly ModbusRegister[],
    found: Found,
    firstRefusal: ExceptionReply | null,
  ): Promise<void> {
    let refused = firstRefusal;
    for (;;) {
      const open = registers.filter(({ quantity }) => !found.has(quantity));
      const blocks = this.#refusals.plan(meter.id, open, profile.quirks);
      if (blocks.length === 0) break;
      refused = (await this.#readBlocks(meter, profile, blocks, found)) ?? refused;
    }
    if (found.size === 0) throw refused ?? notSupported('the meter has refused every item within the last hour');
  }

  /** Stops at the first block that the meter refuses and returns its refusal. */
  async #readBlocks(
    meter: PlanMeter,
    profile: ModbusProfile,
    blocks: readonly Block[],
    found: Found,
  ): Promise<ExceptionReply | null> {
    const { functionCode, wordOrder } = profile;
    const unit = unitOf(meter);
    for (const block of blocks) {
      const { address, quantity } = block;
      let data: Buffer;
      try {
        data = await retrying(
          this.#tries,
          () => this.#units.read({ unit, functionCode, address, quantity }, profile),
          (sent) => this.#clock.sleep('busy meter', sent * BUSY_REST_MS),
        );
      } catch (error) {
        if (!(error instanceof ExceptionReply && error.isAboutBlock)) throw error;
        this.#refusals.refused(meter.id, block, this.#clock.mono());
        return error;
      }
      for (const register of block.registers) {
        const at = 2 * (register.address - address);
        found.set(register.quantity, decodeRegister(register, wordOrder, data, at));
      }
    }
    return null;
  }

  #profile({ model }: PlanMeter): ModbusProfile {
    const profile = this.#profileOf(model);
    if (profile === undefined) throw notSupported(`model ${model} has no Modbus profile`);
    return profile;
  }

  #planOf(profile: ModbusProfile, items: Task['items']): ReadPlan {
    let plans = this.#plans.get(items);
    if (plans === undefined) {
      plans = new Map();
      this.#plans.set(items, plans);
    }
    let plan = plans.get(profile);
    if (plan === undefined) {
      const registers = registersFor(profile, items);
      plan = { registers, blocks: planBlocks(registers, profile.quirks) };
      plans.set(profile, plan);
    }
    return plan;
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
