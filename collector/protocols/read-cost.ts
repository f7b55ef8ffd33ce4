import type { MeterModel } from '#contract/models.ts';
import type { LineProtocol } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { dlt645Profile } from '../profiles/dlt645-profiles.ts';
import type { ModbusProfile } from '../profiles/modbus-profile.ts';
import { type DataItem, dataItem } from './dlt645/data-items.ts';
import { EVENT_SOURCES } from './dlt645/event-sources.ts';
import { bestItem } from './dlt645/present-read.ts';
import { planBlocks, registersFor } from './modbus/read-plan.ts';

/** Bytes on the wire of one request and of its reply. */
export interface ExchangeCost {
  readonly out: number;
  readonly in: number;
}

/** DL/T 645-2007: 12 bytes round the data, four FE before a request, four FE before most meters' replies, DI 4. */
const DLT645_OUT = 20;
const DLT645_IN = 20;
const STAMP_BYTES = 5;
/** Date and time are two identifiers of 4 and 3 bytes. */
const CLOCK_EXCHANGES: readonly ExchangeCost[] = [
  { out: DLT645_OUT, in: DLT645_IN + 4 },
  { out: DLT645_OUT, in: DLT645_IN + 3 },
];
/** Total and four rates, what nearly every meter freezes. */
const USUAL_ENTRIES = 5;
/** A load profile record with all six classes: 13 bytes round it and the six classes of 87 bytes (appendix B). */
const LOAD_RECORD_BYTES = 100;
/** Number of events, and where phases stand together the minutes they lasted. */
const EVENT_COUNT_BYTES = 6;

/** DL/T 698.45: link layer with a six byte address 17, APDU of a list request 6 + 4 each, reply 7 + about 12 each. */
const DLT698_OUT = { fixed: 23, each: 4 } as const;
const DLT698_IN = { fixed: 24, each: 12 } as const;
const DLT698_RECORD: ExchangeCost = { out: 60, in: 110 };
const DLT698_ITEMS_PER_REQUEST = 8;

/**
 * The exchanges by which a meter of the model gives one slot of the task when all goes well: what the line's time is
 * reckoned from. An empty list: the model cannot give the task. DL/T figures are of usual meters; single ones may
 * answer longer blocks.
 */
export function readCost(
  model: MeterModel,
  task: Task,
  line: LineProtocol,
  modbus: (id: string) => ModbusProfile | undefined,
): readonly ExchangeCost[] {
  switch (model.protocol) {
    case 'modbus':
      return modbusCost(modbus(model.id), task, line);
    case 'dlt698':
      return dlt698Cost(task);
    case 'dlt645-1997':
      return task.items.map(() => ({ out: 18, in: 24 }));
    case 'dlt645':
      return dlt645Cost(model.id, task);
  }
}

function modbusCost(profile: ModbusProfile | undefined, task: Task, line: LineProtocol): ExchangeCost[] {
  if (!profile || task.kind === 'event') return [];
  const [out, head] = line === 'modbus-tcp' ? [12, 9] : [8, 5];
  return planBlocks(registersFor(profile, task.items), profile.quirks).map(({ quantity }) => ({
    out,
    in: head + 2 * quantity,
  }));
}

function dlt645Cost(id: string, task: Task): readonly ExchangeCost[] {
  const profile = dlt645Profile(id);
  if (!profile) return [];
  const reply = (bytes: number): ExchangeCost => ({ out: DLT645_OUT, in: DLT645_IN + bytes });
  const wanted = new Set<QuantityName>(task.items.filter((item) => profile.quantities.includes(item)));
  switch (task.kind) {
    case 'profile':
      return [{ out: DLT645_OUT + 6, in: DLT645_IN + LOAD_RECORD_BYTES }];
    case 'event':
      // While nothing happens only the counts are read, of each phase where they stand together.
      return profile.events.map((name) => reply(EVENT_SOURCES[name].series.length * EVENT_COUNT_BYTES));
    case 'instant':
      return presentCost(profile.present, wanted, reply);
    case 'freeze-day':
    case 'freeze-month': {
      const asked = profile.freeze.blocks.flatMap(({ series, confirm }) => {
        const item = dataItem(series);
        if (!item?.fields.some(({ quantity }) => wanted.has(quantity))) return [];
        return confirm ? [item, item] : [item];
      });
      return [
        reply(STAMP_BYTES),
        ...CLOCK_EXCHANGES,
        ...asked.map(({ entryBytes, entries }) => reply(entryBytes * Math.min(entries, USUAL_ENTRIES))),
      ];
    }
  }
}

function presentCost(
  present: readonly string[],
  wanted: Set<QuantityName>,
  reply: (bytes: number) => ExchangeCost,
): ExchangeCost[] {
  const costs: ExchangeCost[] = wanted.delete('clock_offset_s') ? [...CLOCK_EXCHANGES] : [];
  const left = new Set<DataItem>(present.flatMap((di) => dataItem(di) ?? []));
  for (let item = bestItem(wanted, left); item; item = bestItem(wanted, left)) {
    left.delete(item);
    for (const { quantity } of item.fields) wanted.delete(quantity);
    costs.push(reply(item.entryBytes * Math.min(item.entries, USUAL_ENTRIES)));
  }
  return costs;
}

function dlt698Cost(task: Task): ExchangeCost[] {
  if (task.kind !== 'instant') return [DLT698_RECORD];
  const costs: ExchangeCost[] = [];
  for (let left = task.items.length; left > 0; left -= DLT698_ITEMS_PER_REQUEST) {
    const items = Math.min(left, DLT698_ITEMS_PER_REQUEST);
    costs.push({ out: DLT698_OUT.fixed + DLT698_OUT.each * items, in: DLT698_IN.fixed + DLT698_IN.each * items });
  }
  return costs;
}
