import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { hashApiKey } from '#platform/api-key.ts';
import { Metrics } from '#platform/metrics.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { buildApp } from '../../api/app.ts';
import type { App } from '../../api/routes/route-kit.ts';
import { judged, rulesByMeter } from '../support/generated-district/alarms.ts';
import { ownCount } from '../support/generated-district/own-count.ts';
import { ownEnergy } from '../support/generated-district/own-energy.ts';
import { GeneratedPlan } from '../support/generated-district/plan.ts';
import { GeneratedRun } from '../support/generated-district/run.ts';
import { areaId, districtId } from '../support/generated-district/site.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const SEED = Number(process.env['METERWAY_TEST_SEED'] ?? 20261122);
const METERS = Number(process.env['METERWAY_TEST_DISTRICT_METERS'] ?? 100_000);
const KEY = 'mw_generated-district-test-key';
const ALL_MS = 1_800_000;

const plan = new GeneratedPlan({ meters: METERS, days: 40, start: '2026-09-20', seed: SEED });
let folder: string;
let run: GeneratedRun;
let app: App;

beforeAll(async () => {
  process.stdout.write(`${METERS} meters, ${plan.size.days} days; repeat with METERWAY_TEST_SEED=${SEED}\n`);
  folder = mkdtempSync(join(tmpdir(), 'meterway-district-'));
  run = await GeneratedRun.open(folder, plan);
  for (let day = 0; day < plan.size.days; day++) await run.day(day);
  const { state, readings, figures, clock, index } = run.centre;
  await state.keys.add({ id: 'k', name: 'test', hash: hashApiKey(KEY), createdAt: 0, revokedAt: null });
  for (const { id: collector, district } of index.registry.collectors) {
    const status = {
      ...{ v: 1 as const, online: true, instance: 'i', startedAt: 0, host: 'h', at: clock.now(), epoch: 'e1' },
      ...{ version: '0', planVersion: null, ledger: { due: 0, answered: 0, failed: 0, open: 0 }, lines: [] },
      spool: { rows: 0, bytes: 0, oldestAt: null, lastSeq: 0 },
    };
    await state.status.save({ district, collector, status, receivedAt: clock.now() });
  }
  app = await buildApp(
    {
      ...{ state, readings, figures, clock, logger: quietLogger(), simulated: true, publicPage: false },
      ...{ metrics: new Metrics({ process: 'api', runtime: false }), batchFolder: join(folder, 'billing') },
      ...{ requestsPerMinute: 1_000_000, cursorSecret: 's', outageSettings: DEFAULT_OUTAGE_SETTINGS },
      figuresSettings: loadSettings({}),
      eventSettings: loadSettings({}),
    },
    '0.0.0',
  );
}, ALL_MS);

afterAll(async () => {
  await app?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
async function get(path: string): Promise<any> {
  const response = await app.inject({ url: `/api/v1${path}`, headers: { authorization: `Bearer ${KEY}` } });
  expect([response.statusCode, path]).toEqual([200, path]);
  return response.json();
}

interface Figures {
  readonly answeredFirst: number;
  readonly answeredRetry: number;
  readonly answeredLate: number;
  readonly suspect: number;
  readonly open: number;
  readonly due: number;
  readonly failedBy: readonly { reason: string; count: number }[];
  readonly excluded: Readonly<Record<string, number>>;
}

/** Figures as names and counts, those of zero left out. */
function told(figures: Figures): Record<string, number> {
  const entries: [string, number][] = [
    ['answered first', figures.answeredFirst],
    ['answered retry', figures.answeredRetry],
    ['answered late', figures.answeredLate],
    ['suspect', figures.suspect],
    ['open', figures.open],
    ...figures.failedBy.map(({ reason, count }): [string, number] => [`failed ${reason}`, count]),
    ...Object.entries(figures.excluded).map(([reason, count]): [string, number] => [`excluded ${reason}`, count]),
  ];
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

/** The generator's own count in the same form: what was not installed was not due. */
function own(counts: ReadonlyMap<string, number> | undefined): Record<string, number> {
  return Object.fromEntries([...(counts ?? [])].filter(([name]) => name !== 'not_installed'));
}

/** True when an area's day says that not everything in it was read. */
const isTold = ({ why, missing, estimated }: Readonly<Record<string, unknown>>): boolean =>
  why !== null || Number(missing) + Number(estimated) > 0;

const sumOf = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

describe(`a generated district of ${METERS} meters over 40 days`, () => {
  it('has exactly the figures that were put into it, on every day and in every group', {
    timeout: ALL_MS,
  }, async () => {
    for (const [day, date] of plan.dates.entries()) {
      const total = own(ownCount(plan, day, () => '').get(''));
      const all = await get(`/collection/summary?date=${date}`);
      expect({ date, ...told(all.total) }).toEqual({ date, ...total });
      expect(all.total.due).toBe(sumOf(total));
      if (day % 8 !== 0) continue;
      const byArea = ownCount(plan, day, ({ presentArea }) => areaId(presentArea));
      const { groups } = await get(`/collection/summary?date=${date}&groupBy=area&limit=1000`);
      for (const { key, figures } of groups)
        expect({ key, ...told(figures) }).toEqual({ key, ...own(byArea.get(key)) });
      const byDistrict = ownCount(plan, day, ({ presentArea }) => districtId(plan.districtOf(presentArea)));
      const { groups: districts } = await get(`/collection/summary?date=${date}&groupBy=district`);
      for (const { key, figures } of districts) expect(told(figures)).toEqual(own(byDistrict.get(key)));
    }
  });

  it('keeps what was reported at the close of each day, beside what came later', { timeout: ALL_MS }, async () => {
    for (const [day, date] of plan.dates.entries()) {
      const counts = own(ownCount(plan, day, () => '').get(''));
      const { reported, revisions } = await get(`/collection/summary?date=${date}`);
      expect({
        date,
        first: reported.answeredFirst,
        retry: reported.answeredRetry,
        late: reported.answeredLate,
      }).toEqual({
        ...{ date, first: counts['answered first'] ?? 0, retry: counts['answered retry'] ?? 0, late: 0 },
      });
      expect(revisions).toBeGreaterThanOrEqual(counts['answered late'] ?? 0);
    }
  });

  it('has every defect that was put into it found by its rule', { timeout: ALL_MS }, async () => {
    const verdict = judged(plan, run.areas, await rulesByMeter(run.centre.figures));
    for (const [defect, { put, found }] of verdict.defects) {
      if (put > 0) process.stdout.write(`${defect.padEnd(26)} put ${put}, found ${found}\n`);
    }
    for (const [rule, { steady, lively }] of verdict.falseAlarms) {
      process.stdout.write(
        `${rule.padEnd(26)} false alarms: ${steady} of steady households, ${lively} of lively ones\n`,
      );
    }
    expect(verdict.missed.slice(0, 20)).toEqual([]);
    // Of households that do what they always did, hardly one in a thousand is told of.
    for (const [rule, { steady }] of verdict.falseAlarms) expect([rule, steady <= METERS / 1000]).toEqual([rule, true]);
  });

  it('has the energies of its areas to the last Wh, and no bare number where a meter is missing', {
    timeout: ALL_MS,
  }, async () => {
    let complete = 0;
    for (const [day, date] of plan.dates.slice(0, -1).entries()) {
      const kept = await run.centre.figures.areaDays(date, date);
      for (const { area: id, content } of kept.filter(({ area }) => area.startsWith('T'))) {
        const energy = ownEnergy(plan, run.areas, Number(id.slice(1)), day);
        if (energy === null) continue;
        const { suppliedWh, soldWh } = content;
        const isComplete = energy !== 'incomplete';
        if (isComplete) expect({ id, date, suppliedWh, soldWh }).toEqual({ id, date, ...energy });
        else expect({ id, date, told: isTold(content) }).toEqual({ id, date, told: true });
        complete += Number(isComplete);
      }
    }
    // Most areas have a gap somewhere among two hundred meters; of five hundred enough have none.
    expect(complete).toBeGreaterThanOrEqual(METERS < 100_000 ? 0 : plan.areas / 10);
  });

  it('is the same when it is made anew from the stores', { timeout: ALL_MS }, async () => {
    const verdicts = new Map<string, number>();
    await run.keeper.rebuild(true, ({ verdict }) => verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1));
    expect([...verdicts.keys()]).toEqual(['identical']);
  });
});
