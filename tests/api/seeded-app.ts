import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outage } from '#contract/outage.ts';
import type { Registry } from '#contract/registry.ts';
import type { CollectorStatus } from '#contract/status.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { hashApiKey } from '#platform/api-key.ts';
import type { Logger } from '#platform/logger.ts';
import { Metrics } from '#platform/metrics.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { NewReading, ReadingStore } from '#stores/reading-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore, StoredOutcome } from '#stores/state-store.ts';
import { buildApp } from '../../api/app.ts';
import type { App } from '../../api/routes/route-kit.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import { EVENT_DEFAULTS } from '../support/event-settings.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { quietLogger } from '../support/quiet-logger.ts';

export const KEY = 'mw_test-key-0123456789';
export const NOW = at('2026-11-20', '10:07:00');

const SITE = `
site: { name: 测试站 }
districts: [{ id: d1, name: 城东所 }, { id: d2, name: 城西所 }]
feeders: [{ id: F1, name: 城东线, district: d1 }, { id: F2, name: 城西线, district: d2 }]
areas: [{ id: A1, name: 幸福里, feeder: F1, kva: 400 }, { id: A2, name: 西苑, feeder: F2, kva: 315 }]
collectors: [{ id: c1, district: d1 }]
lines:
  - { id: J1, protocol: dlt645, tcp: { host: 127.0.0.1, port: 7001 }, concentrator: J1 }
  - { id: J2, protocol: dlt645, tcp: { host: 127.0.0.1, port: 7002 }, concentrator: J2 }
  - { id: G1, protocol: modbus-tcp, tcp: { host: 127.0.0.1, port: 7003 } }
meters:
  - { id: "100000000001", model: dlt645-1ph, line: J1, area: A1, branch: B1, box: X1, account: "0001", phase: a }
  - { id: "100000000002", model: dlt645-1ph, line: J1, area: A1, account: "0002", phase: b }
  - { id: "100000000003", model: dlt645-3ph, line: J1, area: A1, account: "0003", ct: 40 }
  - { id: "100000000004", model: dlt645-1ph, line: J1, area: A1, account: "0004", phase: c }
  - { id: "100000000009", model: dlt645-3ph, line: J1, area: A1, role: supply, ct: 80 }
  - { id: "200000000001", model: dlt645-1ph, line: J2, area: A2, account: "0005" }
  - { id: "200000000002", model: dlt645-1ph, line: J2, area: A2 }
  - { id: m1, no: "300000000001", model: sdm120, line: G1, address: "1", area: A2 }
accounts:
  - { no: "0001", name: 王小明, address: 幸福里3-2-501, priority: vulnerable }
  - { no: "0002", name: "=cmd|'/c calc'!A1", address: 幸福里3-2-502 }
  - { no: "0003", name: 城东超市, address: 幸福里商铺1, category: commercial, priority: large }
  - { no: "0004", name: 李雷, address: 幸福里3-2-503, status: disconnected }
  - { no: "0005", name: 韩梅梅, address: 西苑1-101 }
`;

export function siteOf(now = at('2026-11-19', '09:00:00')): Registry {
  return parseSite('site.yaml', SITE, now);
}

interface Seeded {
  readonly app: App;
  readonly clock: ManualClock;
  readonly state: StateStore;
  readonly readings: ReadingStore;
  readonly figures: FiguresStore;
  /** Where its stores are. */
  readonly folder: string;
  close(): Promise<void>;
}

export const FREEZE_ITEMS = ['energy_import_wh', 'energy_import_t1_wh'] as const;

export function reading(
  meter: string,
  slot: number,
  values: (number | null)[],
  extra: Partial<NewReading> = {},
): NewReading {
  return { meter, slot, meterTime: slot, readAt: slot + 400_000, quality: 'valid', rules: [], values, ...extra };
}

export function outcome(meter: string, slot: number, reason: StoredOutcome['reason']): StoredOutcome {
  const at = slot + 500_000;
  return {
    task: 'freeze-day',
    meter,
    slot,
    at,
    reason,
    detail: 'timeout 1200 ms',
    attempts: 2,
    lastBytes: '',
    final: false,
  };
}

export function status(online: boolean): CollectorStatus {
  return {
    v: 1,
    online,
    instance: 'i',
    startedAt: NOW - 1000,
    host: 'h',
    at: NOW - 5000,
    epoch: 'e',
    version: '1',
    planVersion: 'p',
    spool: { rows: 3, bytes: 4096, oldestAt: null, lastSeq: 10 },
    ledger: { due: 0, answered: 0, failed: 0, open: 0 },
    lines: [],
  };
}

export const OUTAGE: Outage = outageOf({
  id: 'outage-A2-test',
  area: 'A2',
  feeder: 'F2',
  district: 'd2',
  startedAt: NOW - 900_000,
  detectedAt: NOW - 800_000,
  members: membersOf(['200000000001', '200000000002'], NOW - 900_000),
  evidence: [{ fact: 'voltage_off', source: 'meter', id: '200000000002', at: NOW - 900_000, detail: '' }],
});

/** The application over real embedded stores in a temporary folder, with two days of readings, and stored failures. */
export async function seededApp(
  options: {
    registry?: Registry | null;
    requestsPerMinute?: number;
    logger?: Logger;
    eventSettings?: Partial<typeof EVENT_DEFAULTS>;
  } = {},
): Promise<Seeded> {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-api-'));
  const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
  const readings = await openSqliteReadingStore(join(folder, 'readings'));
  const figures = await openSqliteFiguresStore(join(folder, 'figures.sqlite'));
  const clock = new ManualClock(NOW);
  const registry = options.registry === undefined ? siteOf() : options.registry;
  if (registry) await state.registry.replace(registry);
  await state.keys.add({ id: 'k', name: 'test', hash: hashApiKey(KEY), createdAt: NOW, revokedAt: null });
  await state.keys.add({ id: 'r', name: 'old', hash: hashApiKey(`${KEY}-revoked`), createdAt: NOW, revokedAt: NOW });
  await state.status.save({ district: 'd1', collector: 'c1', status: status(true), receivedAt: NOW - 5000 });
  await saveOutages(state, OUTAGE);
  const today = at('2026-11-20');
  const yesterday = at('2026-11-19');
  await readings.write([
    {
      task: 'freeze-day',
      quantities: FREEZE_ITEMS,
      rows: [
        reading('100000000001', today, [1_234_560, 500_000]),
        reading('100000000002', today, [999_999_990, null]),
        reading('100000000003', today, [50_000, 10_000], { readAt: today + 3 * 3_600_000 }),
        reading('100000000009', today, [7_000_000, 1], { quality: 'suspect', rules: ['register_reversed'] }),
        reading('100000000001', yesterday, [1_230_000, 499_000], { readAt: today + 60_000, quality: 'late' }),
      ],
    },
    {
      task: 'instant',
      quantities: ['voltage_a_v', 'relay_open'],
      rows: [
        reading('100000000001', at('2026-11-20', '10:05:00'), [231.5, 0]),
        reading('100000000004', at('2026-11-20', '10:05:00'), [229.9, 1]),
      ],
    },
  ]);
  await state.ledger.commit({
    outcomes: [
      outcome('100000000004', today, 'no_answer'),
      outcome('100000000004', yesterday, 'no_answer'),
      outcome('200000000001', today, 'concentrator_offline'),
      outcome('200000000002', today, 'concentrator_offline'),
    ],
    events: [],
    quarantine: [],
    baselines: [],
    marks: [],
  });
  const app = await buildApp(
    {
      readings,
      state,
      figures,
      batchFolder: join(folder, 'billing'),
      figuresSettings: {
        targetSuccessRate: 99.5,
        lossHighPercent: 6,
        lossNegativePercent: -1,
        lossMinSuccessPercent: 95,
        lossJumpPercent: 30,
        sustainedInterruptionMin: 1,
      },
      eventSettings: { ...EVENT_DEFAULTS, ...options.eventSettings },
      clock,
      logger: options.logger ?? quietLogger(),
      metrics: new Metrics({ process: 'api', runtime: false }),
      simulated: true,
      publicPage: true,
      requestsPerMinute: options.requestsPerMinute ?? 100_000,
      cursorSecret: 'secret',
      outageSettings: DEFAULT_OUTAGE_SETTINGS,
    },
    '0.0.0',
  );
  return {
    app,
    clock,
    state,
    readings,
    figures,
    folder,
    close: async () => {
      await app.close();
      await figures.close();
      await readings.close();
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
  readonly json: any;
}

export async function get(app: App, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await app.inject({ url: path, headers: { authorization: `Bearer ${KEY}`, ...headers } });
  const type = String(response.headers['content-type'] ?? '');
  const json = /json(;|$)/.test(type) && !type.includes('ndjson') ? response.json() : null;
  return { status: response.statusCode, type, text: response.body, headers: response.headers, json };
}
