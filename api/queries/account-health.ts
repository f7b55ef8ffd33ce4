import type { Anomaly } from '#contract/anomaly.ts';
import { meanEveryS, slotsBetween } from '#contract/calendar.ts';
import type { OutageKind, OutageState } from '#contract/outage.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Account, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { finestTaskOf } from '#domain/task-choice.ts';
import { type LoadHealth, type LoadPoint, loadHealth } from '#domain/usage/load-health.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import type { Kit } from '../routes/route-kit.ts';

/** Anomalies and outages of one customer and day: more are no report any more. */
const MOST = 200;

export interface MeterHealth extends LoadHealth {
  readonly meter: string;
  readonly task: string;
  readonly expected: number;
  /** Rating of the transformer of a dedicated customer; null of others. */
  readonly capacityKva: number | null;
  /** Contract capacity; where it is on record, the load is held against it. */
  readonly contractKw: number | null;
}

export interface OutageOfDay {
  readonly id: string;
  readonly kind: OutageKind;
  readonly state: OutageState;
  readonly meter: string;
  readonly from: number;
  readonly to: number | null;
}

export interface AccountHealth {
  readonly meters: readonly MeterHealth[];
  readonly anomalies: readonly Anomaly[];
  readonly outages: readonly OutageOfDay[];
}

/** What a business date was like for a customer, as far as it is known now. */
export async function accountHealth(
  kit: Pick<Kit, 'readings' | 'state' | 'clock'>,
  index: RegistryIndex,
  account: Account,
  date: string,
): Promise<AccountHealth> {
  const zone = index.registry.timeZone;
  const [from, end] = [instantOf(zone, date), instantOf(zone, addDays(date, 1))];
  const until = Math.min(end, kit.clock.now());
  const meters = [...index.metersOfAccount(account.no, from), ...index.metersOfAccount(account.no, end - 1)];
  const once = [...new Map(meters.map((meter) => [meter.id, meter])).values()];
  const task = finestTaskOf(index.registry.tasks, 'profile', account);
  const health: MeterHealth[] = [];
  for (const meter of task ? once : []) {
    if (task) health.push(await meterHealth(kit, index, account, meter, task, { from, until }));
  }
  const ids = once.map(({ id }) => id);
  const during = { from, to: end - 1 };
  const anomalies = ids.length === 0 ? [] : await kit.state.anomalies.list({ meters: ids, during, limit: MOST });
  const outages: OutageOfDay[] = [];
  for (const meter of ids) outages.push(...(await outagesOf(kit, meter, during)));
  return { meters: health, anomalies, outages };
}

async function meterHealth(
  { readings }: Pick<Kit, 'readings'>,
  index: RegistryIndex,
  account: Account,
  meter: Meter,
  task: Task,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<MeterHealth> {
  const slots = slotsBetween(task.calendar, index.registry.timeZone, from, until);
  const stored = await readings.ofMeter(task.id, meter.id, slots);
  const model = index.modelOf(meter);
  const capacityKva = capacityOf(index, account, meter);
  const contractKw = account.contractKw ?? null;
  const found = loadHealth(stored.filter(({ quality }) => quality !== 'suspect').map(pointOf), {
    ratio: index.ratioAt(meter.id, from) ?? meter.ct * meter.pt,
    ratedVoltageV: model?.ratedVoltageV ?? 220,
    phases: model?.phases ?? 1,
    capacityKva,
    contractKw,
    stepMs: meanEveryS(task.calendar) * 1000,
  });
  return { meter: meter.id, task: task.id, expected: slots.length, capacityKva, contractKw, ...found };
}

/** A customer with a transformer of its own may draw its rating, if no contract says less. */
function capacityOf(index: RegistryIndex, { category }: Account, { area }: Meter): number | null {
  return category === 'dedicated' ? (index.area(area)?.kva ?? null) : null;
}

function pointOf({ slot, values }: StoredReading): LoadPoint {
  const of = (name: QuantityName): number | null => values[name] ?? null;
  return {
    slot,
    powerW: of('power_active_total_w'),
    reactiveVar: of('power_reactive_total_var'),
    powerFactor: of('power_factor_total'),
    voltagesV: [of('voltage_a_v'), of('voltage_b_v'), of('voltage_c_v')],
    currentsA: [of('current_a_a'), of('current_b_a'), of('current_c_a')],
  };
}

async function outagesOf(
  { state }: Pick<Kit, 'state'>,
  meter: string,
  during: { readonly from: number; readonly to: number },
): Promise<OutageOfDay[]> {
  const heads = await state.outages.heads({ meter, during, limit: MOST });
  const known = heads.filter((head) => head.kind !== 'collection' && head.state !== 'dismissed');
  const parts = await state.outages.membership(
    meter,
    known.map(({ id }) => id),
  );
  return known.flatMap(({ id, kind, state: at }) => {
    const part = parts.find(({ outage }) => outage === id);
    return part ? [{ id, kind, state: at, meter, from: part.member.from, to: part.member.to }] : [];
  });
}
