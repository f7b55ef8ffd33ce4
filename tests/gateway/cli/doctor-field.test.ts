import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectorStatus } from '#contract/status.ts';
import type { Finding } from '../../../gateway/cli/doctor/check.ts';
import { COLLECTOR_CHECKS } from '../../../gateway/cli/doctor/collectors.ts';
import { LEDGER_CHECKS } from '../../../gateway/cli/doctor/ledger.ts';
import { QUARANTINE_CHECKS, STORE_CHECKS } from '../../../gateway/cli/doctor/stores.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { DoctorBench, find, NOW, registry } from './doctor-bench.ts';

const [collector] = registry.collectors;
if (!collector) throw new Error('the example site has a collector');

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.open();
});
afterEach(() => bench.close());

describe('the doctor at the stores', () => {
  it('finds a state that is missing, damaged or without a registry', async () => {
    expect(await find(STORE_CHECKS, 'state store', bench.examined())).toMatchObject([
      { verdict: 'ok', what: expect.stringMatching(/sound and up to date; it knows \d+ meters/) },
    ]);
    const other = mkdtempSync(join(tmpdir(), 'meterway-doctor-'));
    try {
      mkdirSync(join(other, 'centre'));
      expect(await find(STORE_CHECKS, 'state store', bench.examined({ dataDir: other }))).toMatchObject([
        { verdict: 'fault', what: expect.stringContaining('there is no') },
      ]);
      writeFileSync(join(other, 'centre', 'state.sqlite'), 'this is no database '.repeat(100));
      expect(await find(STORE_CHECKS, 'state store', bench.examined({ dataDir: other }))).toMatchObject([
        { verdict: 'fault', what: expect.stringContaining('state.sqlite') },
      ]);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it('counts the months of readings, and finds files that were set aside and a restore that was not finished', async () => {
    expect(await find(STORE_CHECKS, 'reading store', bench.examined())).toMatchObject([
      { verdict: 'warning', what: expect.stringContaining('no readings are stored') },
    ]);
    const readings = join(bench.dataDir, 'centre', 'readings');
    mkdirSync(join(readings, '2026-08.1'), { recursive: true });
    for (const name of ['2026-09.sealed.sqlite', '2026-10.sqlite', '2026-11.sqlite'])
      writeFileSync(join(readings, name), '');
    expect(await find(STORE_CHECKS, 'reading store', bench.examined())).toMatchObject([
      { verdict: 'ok', what: 'readings are in 2 open, 1 closed and 1 packed months' },
    ]);
    writeFileSync(join(readings, '2026-10.damaged-1.sqlite'), '');
    expect(await find(STORE_CHECKS, 'reading store', bench.examined())).toMatchObject([
      { verdict: 'fault', what: expect.stringContaining('1 damaged files are set aside') },
    ]);
    expect(await find(STORE_CHECKS, 'restore', bench.examined())).toEqual([]);
    mkdirSync(join(bench.dataDir, 'centre.restoring'));
    expect(await find(STORE_CHECKS, 'restore', bench.examined())).toMatchObject([{ verdict: 'fault' }]);
  });

  it('counts what was quarantined within a day by kind, and shows none of it', async () => {
    expect(await find(QUARANTINE_CHECKS, 'quarantine', bench.examined())).toMatchObject([{ verdict: 'ok' }]);
    const entry = (seq: number, at: number, kind: string) => ({
      at,
      collector: 'c1',
      epoch: 'e',
      seq,
      kind,
      why: 'canary',
      content: 'canary',
    });
    const quarantine = [
      entry(1, NOW - 1, 'row'),
      entry(2, NOW - 2, 'row'),
      entry(3, NOW - 3, 'envelope'),
      entry(4, NOW - 90_000_000, 'row'),
    ];
    await bench.state.ledger.commit({ outcomes: [], events: [], baselines: [], marks: [], quarantine });
    const found = await find(QUARANTINE_CHECKS, 'quarantine', bench.examined());
    expect(found).toMatchObject([
      { verdict: 'warning', what: '3 rows and messages were quarantined within a day: row 2, envelope 1' },
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  it("adds up yesterday's freezes, and warns of slots that nobody has told of", async () => {
    const found = await find(LEDGER_CHECKS, 'ledger', bench.examined());
    expect(found).toMatchObject([
      {
        verdict: 'warning',
        what: expect.stringMatching(
          /^freeze-day of 2026-11-21: (\d+) due = 0 answered \+ 0 failed \+ \d+ open \+ 0 excluded$/,
        ),
      },
    ]);
  });
});

const GOOD: CollectorStatus = {
  v: 1,
  online: true,
  instance: 'i1',
  startedAt: NOW - 1000,
  host: 'field',
  at: NOW - 10_000,
  epoch: 'e1',
  version: '0.1.0',
  planVersion: planFor(registry, collector).version,
  spool: { rows: 3, bytes: 4096, oldestAt: NOW - 10_000, lastSeq: 10 },
  ledger: { due: 10, answered: 8, failed: 1, open: 1 },
  lines: [],
};

describe('the doctor at the collectors', () => {
  async function told(status: CollectorStatus, receivedAt = NOW - 10_000): Promise<readonly Finding[]> {
    const { id, district } = collector ?? { id: '', district: '' };
    await bench.state.status.save({ district, collector: id, status, receivedAt });
    return find(COLLECTOR_CHECKS, 'collectors', bench.examined());
  }

  it('finds one that was never heard of', async () => {
    expect(await find(COLLECTOR_CHECKS, 'collectors', bench.examined())).toMatchObject([
      { verdict: 'fault', what: `${collector.id} was never heard of` },
    ]);
  });

  it('finds nothing at one that works', async () => {
    expect(await told(GOOD)).toMatchObject([
      {
        verdict: 'ok',
        what: expect.stringContaining('is online, works to the present plan, and has 3 results on the way'),
      },
    ]);
  });

  const line = {
    id: 'rs485',
    state: 'down',
    reason: 'line_down',
    detail: '',
    lastGoodAt: null,
    requests: 0,
    replies: 0,
    timeouts: 0,
    damaged: 0,
    strays: 0,
    breakersOpen: 0,
    waiting: 0,
  } as const;
  const dropped = { curve: 5, outcome: 0, event: 0, freeze: 0, total: 5 };

  it.each<[string, Partial<CollectorStatus>, number, string, RegExp]>([
    ['is silent', {}, NOW - 3_600_000, 'fault', /offline; it was last heard of 60 min ago/],
    ['has another clock', { at: NOW + 590_000 }, NOW - 10_000, 'warning', /clock of .* is 10 min ahead of ours/],
    ['works to another plan', { planVersion: 'old' }, NOW, 'warning', /works to an older plan/],
    [
      'has refused the plan',
      { planVersion: null, planRefused: { version: GOOD.planVersion ?? '', why: 'x' } },
      NOW,
      'fault',
      /has refused the present plan/,
    ],
    [
      'has a backlog',
      { spool: { ...GOOD.spool, rows: 9000, oldestAt: NOW - 7_200_000 } },
      NOW,
      'warning',
      /9000 results that the centre has not committed, the oldest 2 h old/,
    ],
    [
      'has a full spool',
      { spool: { ...GOOD.spool, bytes: 95, maxBytes: 100 } },
      NOW,
      'warning',
      /spool of .* is nearly full/,
    ],
    [
      'has dropped curves',
      { spool: { ...GOOD.spool, dropped } },
      NOW,
      'warning',
      /has given up 5 results .* 0 of them freezes/,
    ],
    [
      'has dropped freezes',
      { spool: { ...GOOD.spool, dropped: { ...dropped, freeze: 2, total: 7 } } },
      NOW,
      'fault',
      /2 of them freezes/,
    ],
    ['has damaged rows', { spool: { ...GOOD.spool, damaged: 4 } }, NOW, 'warning', /has damaged 4 results/],
    ['has a line that is down', { lines: [line] }, NOW, 'warning', /1 of 1 lines of .* are down: rs485 \(line_down\)/],
    [
      'does not balance',
      { ledger: { due: 10, answered: 8, failed: 1, open: 0 } },
      NOW,
      'fault',
      /does not balance: .* is off by 1/,
    ],
  ])('finds one that %s', async (_what, more, receivedAt, verdict, text) => {
    const found = await told({ ...GOOD, at: receivedAt, ...more }, receivedAt);
    expect(found).toMatchObject([{ verdict, what: expect.stringMatching(text), remedy: expect.any(String) }]);
  });
});
