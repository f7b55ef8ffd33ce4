import type { MeterModel } from '#contract/models.ts';
import type { LineProtocol, PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../lines/exchange.ts';
import { ReadError } from '../lines/read-error.ts';
import type { Tries } from '../lines/retrying.ts';
import type { ModbusProfile } from '../profiles/modbus-profile.ts';
import { Dlt645Reader } from './dlt645/reader.ts';
import { Dlt645v1997Reader } from './dlt645-1997/reader.ts';
import { Dlt698Reader } from './dlt698/reader.ts';
import type { Answer, MeterReader } from './meter-reader.ts';
import type { Missing } from './missing.ts';
import { ModbusReader } from './modbus/reader.ts';

interface LineReaderParts {
  readonly protocol: LineProtocol;
  /** The line; nothing else may ask it. */
  readonly exchanger: Exchanger;
  readonly clock: Clock;
  /** Time zone that the meters' clocks are set to. */
  readonly zone: string;
  readonly tries: Tries;
  readonly missing: Missing;
  readonly modelOf: (id: string) => MeterModel | undefined;
  readonly profileOf: (id: string) => ModbusProfile | undefined;
}

/** Reads the meters of a line. On an RS-485 bus meters of the three DL/T protocols may hang side by side. */
export function lineReader(parts: LineReaderParts): MeterReader {
  const { protocol } = parts;
  if (protocol !== 'modbus-rtu' && protocol !== 'modbus-tcp') return new DltReader(parts);
  const reader = new ModbusReader({ ...parts, protocol });
  return {
    probe: (meter) => reader.probe(meter),
    read: async (meter, task, slot) => billable(task, await reader.read(meter, task, slot)),
  };
}

/** The register that is billed: a freeze without it must stay open and show among the failures. */
const BILLED = 'energy_import_wh';

/** The answer, unless it is a freeze that lacks what it is for: a register that the meter has refused is left out. */
function billable(task: Task, answer: Answer): Answer {
  const isFreeze = task.kind === 'freeze-day' || task.kind === 'freeze-month';
  if (!isFreeze || !task.items.includes(BILLED) || answer.values.has(BILLED)) return answer;
  throw new ReadError('not_supported', 'the meter gives no import register', { answered: true });
}

class DltReader implements MeterReader {
  readonly #modelOf: LineReaderParts['modelOf'];
  readonly #readers: Partial<Readonly<Record<MeterModel['protocol'], MeterReader>>>;

  constructor(parts: LineReaderParts) {
    this.#modelOf = parts.modelOf;
    this.#readers = {
      dlt645: new Dlt645Reader(parts),
      'dlt645-1997': new Dlt645v1997Reader(parts),
      dlt698: new Dlt698Reader(parts),
    };
  }

  probe(meter: PlanMeter): Promise<void> {
    return this.#of(meter).probe(meter);
  }

  async read(meter: PlanMeter, task: Task, slot: number): Promise<Answer> {
    return billable(task, await this.#of(meter).read(meter, task, slot));
  }

  async readMany(
    meter: PlanMeter,
    task: Task,
    slots: readonly number[],
  ): Promise<ReadonlyMap<number, Answer | ReadError>> {
    const reader = this.#of(meter);
    if (reader.readMany) return reader.readMany(meter, task, slots);
    const [first] = slots;
    return first === undefined ? new Map() : new Map([[first, await reader.read(meter, task, first)]]);
  }

  #of({ model }: PlanMeter): MeterReader {
    const protocol = this.#modelOf(model)?.protocol;
    const reader = protocol && this.#readers[protocol];
    if (reader) return reader;
    throw new ReadError('not_supported', `model ${model} does not belong on a DL/T line`, { next: 'skip' });
  }
}
