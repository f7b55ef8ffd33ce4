import { QUALITY_CODES, type Quality } from '#contract/quality.ts';
import type { Registry } from '#contract/registry.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { type DayColumns, emptyDay, FLAG } from '#domain/collection/day-columns.ts';
import { CLASS_CODES } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { Estimator } from '../../../gateway/figures/estimator.ts';
import type { KeptDays } from '../../../gateway/figures/follower.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

export const TASK = 'freeze-day';
export const ZONE = 'Asia/Shanghai';
/** Day 0 of the tests; the clock stands 20 days later. */
export const FIRST = '2026-10-31';
export const dayOf = (day: number): string => addDays(FIRST, day);
export const slotOf = (day: number): number => instantOf(ZONE, dayOf(day));

const newPath = scratchPaths();

/** Customers of an area for each scenario, so that one pair of stores serves all tests. */
function siteOf(scenarios: readonly string[], perArea: number): Registry {
  const all = (of: (scenario: string) => readonly string[]): string => scenarios.flatMap(of).join(', ');
  const addressOf = (scenario: string, n: number) => String(scenarios.indexOf(scenario) * 100 + n).padStart(12, '0');
  const ids = Array.from({ length: perArea }, (_, i) => i + 1);
  return parseSite(
    'site.yaml',
    `
site: { name: 测试站 }
districts: [{ id: d1, name: 城东所 }]
feeders: [{ id: F1, name: 城东线, district: d1 }]
areas: [${all((s) => [`{ id: ${s}, name: ${s}, feeder: F1, kva: 400 }`])}]
collectors: [{ id: c1, district: d1 }]
lines: [{ id: J1, protocol: dlt645, tcp: { host: 127.0.0.1, port: 7001 } }]
meters: [${all((s) => ids.map((n) => `{ id: ${s}${n}, no: "${addressOf(s, n)}", address: "${addressOf(s, n)}", model: dlt645-1ph, line: J1, area: ${s}, account: ${s}${n} }`))}]
accounts: [${all((s) => ids.map((n) => `{ no: ${s}${n}, name: x, address: y }`))}]
`,
    at(addDays(FIRST, -60)),
  );
}

/** An estimator over real stores; the days that it follows are read from the stores at each look. */
export async function estimatorBench(scenarios: readonly string[], options: { readonly perArea?: number } = {}) {
  const state = await openSqliteStateStore(newPath());
  const store = await openSqliteReadingStore(newPath('readings'));
  const readings = new ValidatedReadings(store, state.revisions);
  const clock = new ManualClock(at(dayOf(20), '00:10:00'));
  const registry = new RegistryIndex(siteOf(scenarios, options.perArea ?? 1));
  const meters = registry.registry.meters.map(({ id }) => id);
  const excluded = new Set<string>();

  const days: KeptDays = {
    registry,
    meters,
    rowOf: (meter) => meters.indexOf(meter),
    async of(task, date): Promise<DayColumns> {
      const slot = instantOf(ZONE, date);
      const day = emptyDay(task, date, slot, meters.length);
      for (const [row, meter] of meters.entries()) {
        day.class[row] = CLASS_CODES[excluded.has(`${meter} ${date}`) ? 'excluded_manual' : 'due'];
      }
      for (const { meter, values, quality } of await readings.ofSlot(task, slot, meters)) {
        const row = meters.indexOf(meter);
        day.importWh[row] = values?.energy_import_wh ?? Number.NaN;
        if (quality === 'estimated') day.flags[row] = FLAG.estimated;
      }
      return day;
    },
  };
  const make = (metersPerTick?: number): Estimator =>
    new Estimator({
      ...{ days: () => days, readings, revisions: state.revisions, clock, logger: quietLogger() },
      settings: { dayCloseAt: '24:00', estimateMissing: true },
      ...(metersPerTick === undefined ? {} : { metersPerTick }),
    });
  const bench = {
    state,
    clock,
    excluded,
    days,
    make,
    estimator: make(),
    async told(meter: string, slot: number): Promise<void> {
      const rows = new Set([meters.indexOf(meter)]);
      await bench.estimator.follow([{ task: TASK, date: dateOf(ZONE, slot), rows }], days);
    },
    /** A reading comes in. */
    async arrive(meter: string, day: number, wh: number, quality: Quality = 'valid'): Promise<void> {
      const slot = slotOf(day);
      const rules = QUALITY_CODES[quality].billable === 'no' ? ['register_jump'] : [];
      const row = { meter, slot, meterTime: slot, readAt: slot + 400_000, quality, rules, values: [wh] };
      await store.write([{ task: TASK, quantities: ['energy_import_wh'], rows: [row] }]);
      await bench.told(meter, slot);
    },
    /** Ticks until there is nothing to do, telling the estimator what it wrote itself, as the feed does. */
    async settle(): Promise<number> {
      let written = 0;
      for (let round = 0; round < 100; round++) {
        const { newest } = await state.feed.range();
        await bench.estimator.tick();
        const told = (await state.feed.after(newest, 100)).flatMap(({ content }) => content.revised ?? []);
        for (const { meter, slot } of told) await bench.told(meter, slot);
        written += told.length;
        if (told.length === 0 && !bench.estimator.isBusy) return written;
      }
      throw new Error('the estimator does not come to rest');
    },
    /** What counts for a meter, by day: register and quality, method of an estimate. */
    async counts(meter: string): Promise<Record<number, unknown>> {
      const numbers = Array.from({ length: 25 }, (_, i) => i);
      const found = await readings.ofMeter(TASK, meter, numbers.map(slotOf));
      return Object.fromEntries(
        found.map(({ slot, values, quality, method }) => [
          numbers.find((day) => slotOf(day) === slot),
          values === null ? quality : [values.energy_import_wh, method ?? quality],
        ]),
      );
    },
    async close(): Promise<void> {
      await store.close();
      await state.close();
    },
  };
  return bench;
}
