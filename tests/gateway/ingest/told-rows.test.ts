import fc from 'fast-check';
import { expect, test } from 'vitest';
import { qualityCode } from '#contract/quality.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { NewReading, NewReadings, WriteResult } from '#stores/reading-store.ts';
import { contentOf, feedText } from '#stores/state-sql/feed-text.ts';
import type { StoredOutcome } from '#stores/state-store.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';

const KINDS: Readonly<Record<string, TaskKind>> = { f: 'freeze-day', p: 'profile', i: 'instant', e: 'event' };
const WRITTEN: WriteResult = { stored: 0, repeated: 0, conflicts: [] };
const kindOf = (task: string): TaskKind | undefined => KINDS[task];

function row(meter: string, values: (number | null)[], over: Partial<NewReading> = {}): NewReading {
  return { meter, slot: 1000, meterTime: null, readAt: 1600, quality: 'valid', rules: [], values, ...over };
}

function batch(task: string, rows: NewReading[]): NewReadings {
  return { task, quantities: ['voltage_a_v', 'energy_export_wh', 'energy_import_wh'], rows };
}

function outcome(task: string): StoredOutcome {
  return { task, meter: 'm', slot: 1, at: 2, reason: 'no_answer', detail: '', attempts: 1, lastBytes: '', final: true };
}

function told(readings: NewReadings[], written: Partial<WriteResult> = {}, outcomes: StoredOutcome[] = []) {
  return toldOf([{ judged: { readings, ledger: { outcomes } }, written: { ...WRITTEN, ...written } }], kindOf);
}

test('registers of freezes are told by their names, wherever they stand in a row', () => {
  const readings = [batch('f', [row('a', [230, 5, 7])]), batch('f', [row('b', [null, null, 9], { quality: 'late' })])];
  expect(told(readings)).toEqual({
    readings: [
      {
        task: 'f',
        meters: ['a', 'b'],
        slots: [1000, 1000],
        readAts: [1600, 1600],
        qualities: [qualityCode('valid'), qualityCode('late')],
        importWh: [7, 9],
        exportWh: [5, null],
      },
    ],
  });
});

test('profiles are told without registers; present values, events and unknown tasks not at all', () => {
  const all = ['f', 'p', 'i', 'e', 'x'];
  const content = told(
    all.map((task) => batch(task, [row('a', [1, 2, 3])])),
    {},
    all.map(outcome),
  );
  expect(content?.readings?.map(({ task, importWh }) => [task, importWh])).toEqual([
    ['f', [3]],
    ['p', undefined],
  ]);
  expect(content?.outcomes?.map(({ task }) => task)).toEqual(['f', 'p']);
  expect(told([batch('i', [row('a', [1, 2, 3])])], {}, [outcome('e')])).toBeUndefined();
});

test('what the store refused is not told, the row that it kept under the same key is', () => {
  const kept = row('a', [1, 2, 3]);
  const refused = row('a', [1, 2, 4]);
  const asStored = (each: NewReading, importWh: number) => ({
    ...each,
    values: { voltage_a_v: 1, energy_export_wh: 2, energy_import_wh: importWh },
  });
  const conflicts = [{ task: 'f', stored: asStored(kept, 3), refused: asStored(refused, 4) }];
  expect(told([batch('f', [kept, refused])], { conflicts })?.readings?.[0]?.importWh).toEqual([3]);
  const rejected = [{ task: 'f', reading: asStored(refused, 4), why: 'full' }];
  expect(told([batch('f', [refused])], { rejected })).toBeUndefined();
});

test('a group with rows that were in the store before says so', () => {
  expect(told([batch('f', [row('a', [1, 2, 3])])], { repeated: 1 })?.readings?.[0]?.repeated).toBe(true);
  expect(told([batch('f', [row('a', [1, 2, 3])])])?.readings?.[0]).not.toHaveProperty('repeated');
});

test('content comes back from its text as it was', () => {
  const aTime = fc.integer({ min: 0, max: 2_000_000_000_000 });
  const rows = fc.array(fc.tuple(fc.string(), fc.oneof(fc.constant(1_795_104_000_000), aTime), aTime));
  fc.assert(
    fc.property(rows, rows, (read, failed) => {
      const columns = (of: typeof read) => ({
        meters: of.map(([meter]) => meter),
        slots: of.map(([, slot]) => slot),
      });
      const content = {
        readings: [
          { task: 'f', ...columns(read), readAts: read.map(([, , at]) => at), qualities: read.map(() => 0) },
          { task: 'p', meters: [], slots: [], readAts: [], qualities: [], repeated: true as const },
        ],
        outcomes: [
          { task: 'f', ...columns(failed), ats: failed.map(([, , at]) => at), reasons: failed.map(() => 'no_answer') },
        ],
        revised: [{ task: 'f', meter: 'm', slot: 5 }],
        exclusions: true as const,
      };
      expect(contentOf(feedText(content))).toEqual(content);
    }),
  );
});

test('what meters recorded is told, but not what concerns their supply', () => {
  const kinds = ['cover_open', 'power_down', 'magnetic_field', 'terminal_power_down'] as const;
  const events = kinds.map((kind, i) => ({
    meter: `m${i}`,
    kind,
    start: 10 + i,
    end: i === 0 ? null : 20,
    readAt: 30,
  }));
  const content = toldOf([{ judged: { readings: [], ledger: { outcomes: [], events } }, written: WRITTEN }], kindOf);
  const columns = {
    ...{
      meters: ['m0', 'm2'],
      kinds: ['cover_open', 'magnetic_field'],
      starts: [10, 12],
      ends: [null, 20],
      readAts: [30, 30],
    },
  };
  expect(content).toEqual({ events: columns });
  expect(contentOf(feedText(content ?? {}))).toEqual(content);
});
