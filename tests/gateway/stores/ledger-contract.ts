import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventRow } from '#contract/envelope.ts';
import { REASONS } from '#contract/reasons.ts';
import type { CollectorMark, LedgerCommit, QuarantineEntry, StateStore } from '#stores/state-store.ts';
import { AT, commit, outcome } from './state-samples.ts';

const event = (fields: Partial<EventRow> = {}): EventRow => ({
  meter: 'm1',
  kind: 'power_down',
  start: AT,
  end: null,
  readAt: AT + 10,
  ...fields,
});

const entry = (fields: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  at: AT,
  collector: 'c1',
  epoch: 'e1',
  seq: 1,
  kind: 'row',
  why: 'slot is no instant',
  content: '["m1","昨天 🕛",{"a":"\\u0007"}]\n',
  ...fields,
});

const mark = (fields: Partial<CollectorMark> = {}): CollectorMark => ({
  collector: 'c1',
  epoch: 'e1',
  upTo: 0,
  ranges: [],
  lost: 0,
  ...fields,
});

export function describeLedger(fresh: () => Promise<StateStore>): void {
  describe('ledger', () => {
    test('everything of a commit comes back as it was given', async () => {
      const { ledger } = await fresh();
      const changes = commit({
        outcomes: [
          outcome({ detail: '异常 02', attempts: 3, lastBytes: '68AA16', final: true, reason: 'device_error' }),
        ],
        events: [event(), event({ start: AT + 5, end: AT + 6 })],
        quarantine: [entry(), entry({ at: AT - 1, content: 'x'.repeat(150_000), seq: 9_007_199_254_740_991 })],
        baselines: [
          { meter: 'm1', slot: AT, importWh: 1e12 },
          { meter: 'm2', slot: AT, importWh: 999_999_990 },
        ],
        marks: [
          mark({
            upTo: 7,
            ranges: [
              [9, 12],
              [20, 20],
            ],
            lost: 2,
          }),
        ],
      });
      await ledger.commit(changes);
      await ledger.commit(commit({}));
      expect(await ledger.outcomes('profile', [AT, AT + 1])).toEqual(changes.outcomes);
      expect(await ledger.outcomes('other', [AT])).toEqual([]);
      expect(await ledger.eventsOfMeter('m1', AT, AT + 99)).toEqual([...changes.events].reverse());
      expect(await ledger.eventsOfMeter('m1', AT + 1, AT + 5)).toEqual([]);
      expect(await ledger.quarantine(10)).toEqual(changes.quarantine);
      expect(await ledger.quarantine(1)).toEqual([entry()]);
      expect(await ledger.quarantineCounts()).toEqual([{ kind: 'row', count: 2 }]);
      expect(await ledger.baselines()).toEqual(changes.baselines);
      expect(await ledger.marks()).toEqual(changes.marks);
    });

    test('of an outcome the later attempt counts, and of one attempt the word that it was the last', async () => {
      const { ledger } = await fresh();
      const first = outcome({ at: AT + 1, reason: 'no_answer', final: true });
      const later = outcome({ at: AT + 2, reason: 'crc_error', attempts: 2 });
      const last = outcome({ at: AT + 2, reason: 'crc_error', attempts: 2, final: true });
      await ledger.commit(commit({ outcomes: [later, first] }));
      expect(await ledger.outcomes('profile', [AT])).toEqual([later]);
      await ledger.commit(commit({ outcomes: [last] }));
      await ledger.commit(commit({ outcomes: [later] }));
      expect(await ledger.outcomes('profile', [AT])).toEqual([last]);
    });

    test('the known end of an event is never lost, and a later reading of the end is believed', async () => {
      const { ledger } = await fresh();
      const all = () => ledger.eventsOfMeter('m1', AT, AT + 1);
      await ledger.commit(commit({ events: [event({ end: AT + 60, readAt: AT + 100 })] }));
      await ledger.commit(commit({ events: [event({ end: null, readAt: AT + 200 })] }));
      expect(await all()).toEqual([event({ end: AT + 60, readAt: AT + 100 })]);
      await ledger.commit(commit({ events: [event({ end: AT + 50, readAt: AT + 300 })] }));
      await ledger.commit(commit({ events: [event({ end: AT + 70, readAt: AT + 250 })] }));
      expect(await all()).toEqual([event({ end: AT + 50, readAt: AT + 300 })]);
    });

    test('a mark only moves forward, and each epoch has its own', async () => {
      const { ledger } = await fresh();
      const steps = [
        mark({ upTo: 5 }),
        mark({ upTo: 5, ranges: [[8, 9]] }),
        mark({ upTo: 5, ranges: [[7, 10]] }),
        mark({ upTo: 10 }),
        mark({ upTo: 20, lost: 10 }),
      ];
      for (const [i, step] of steps.entries()) {
        await ledger.commit(commit({ marks: [step] }));
        for (const earlier of steps.slice(0, i)) await ledger.commit(commit({ marks: [earlier] }));
        expect(await ledger.marks()).toEqual([step]);
      }
      await ledger.commit(commit({ marks: [mark({ epoch: 'e2', upTo: 1 }), mark({ epoch: 'e0', upTo: 3 })] }));
      const marks = await ledger.marks();
      expect(marks.map(({ epoch, upTo }) => [epoch, upTo])).toEqual([
        ['e0', 3],
        ['e1', 20],
        ['e2', 1],
      ]);
    });

    test('a baseline moves with a newer slot only', async () => {
      const { ledger } = await fresh();
      await ledger.commit(commit({ baselines: [{ meter: 'm1', slot: AT, importWh: 100 }] }));
      await ledger.commit(commit({ baselines: [{ meter: 'm1', slot: AT - 1, importWh: 200 }] }));
      await ledger.commit(commit({ baselines: [{ meter: 'm1', slot: AT, importWh: 99 }] }));
      expect(await ledger.baselines()).toEqual([{ meter: 'm1', slot: AT, importWh: 100 }]);
      await ledger.commit(commit({ baselines: [{ meter: 'm1', slot: AT + 1, importWh: 5 }] }));
      expect(await ledger.baselines()).toEqual([{ meter: 'm1', slot: AT + 1, importWh: 5 }]);
    });

    test('a commit with one wrong row leaves nothing behind', async () => {
      const { ledger } = await fresh();
      const wrong = [
        commit({ outcomes: [outcome(), outcome({ slot: AT + 1, at: Number.NaN })] }),
        commit({ outcomes: [outcome()], marks: [mark({ upTo: 5, lost: Number.NaN })] }),
        commit({ outcomes: [outcome()], quarantine: [entry({ content: undefined as unknown as string })] }),
      ];
      for (const each of wrong) {
        await expect(ledger.commit(each)).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
      }
      expect(await ledger.outcomes('profile', [AT])).toEqual([]);
      expect(await ledger.marks()).toEqual([]);
    });

    test('outcomes are found for a long list of slots, and those of one meter come ascending', async () => {
      const { ledger } = await fresh();
      const slots = Array.from({ length: 1300 }, (_, i) => AT + i * 900_000);
      const outcomes = slots.flatMap((slot) => [outcome({ slot }), outcome({ slot, meter: 'm2' })]);
      await ledger.commit(commit({ outcomes }));
      expect(await ledger.outcomes('profile', slots)).toHaveLength(2600);
      const ofMeter = await ledger.outcomesOfMeter('profile', 'm2', [...slots].reverse());
      expect(ofMeter.map((each) => each.slot)).toEqual(slots);
      expect(await ledger.outcomesOfMeter('profile', 'm3', slots)).toEqual([]);
      expect(await ledger.outcomes('profile', [])).toEqual([]);
    });

    test('commits in any order, repeated any number of times, give the same content', async () => {
      const { ledger } = await fresh();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ commits, again }) => {
          const once = `r${run++}`;
          const shuffled = `r${run++}`;
          for (const changes of commits) await ledger.commit(named(changes, once));
          for (const changes of again) await ledger.commit(named(changes, shuffled));
          expect(await content(ledger, shuffled)).toEqual(await content(ledger, once));
        }),
        { numRuns: 40 },
      );
    });
  });
}

const METERS = ['m1', 'm2'];
const meterName = fc.constantFrom(...METERS);
const soon = fc.nat(2).map((i) => AT + i);

/** Marks of one stream, each containing the one before. */
const MARKS = [
  mark({ upTo: 1 }),
  mark({ upTo: 1, ranges: [[4, 5]] }),
  mark({ upTo: 1, ranges: [[3, 5]] }),
  mark({ upTo: 5 }),
  mark({ upTo: 9, lost: 4 }),
];

const changes = fc.record({
  outcomes: fc.array(
    fc.record({
      ...{ task: fc.constant('profile'), meter: meterName, slot: soon, at: soon, reason: fc.constantFrom(...REASONS) },
      ...{ detail: fc.constantFrom('', 'x'), attempts: fc.nat(2), lastBytes: fc.constantFrom('', 'FF') },
      final: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
  events: fc.array(
    fc.record({
      ...{ meter: meterName, kind: fc.constant('power_down' as const), start: soon, readAt: soon },
      end: fc.option(fc.nat(2).map((i) => AT + 10 + i)),
    }),
    { maxLength: 6 },
  ),
  quarantine: fc.array(
    fc
      .record({ seq: fc.nat(2), kind: fc.constantFrom('row', 'conflict'), content: fc.constantFrom('a', 'b') })
      .map(entry),
    { maxLength: 4 },
  ),
  baselines: fc.array(fc.record({ meter: meterName, slot: soon, importWh: fc.nat(3) }), { maxLength: 4 }),
  marks: fc.subarray(MARKS, { maxLength: 3 }),
});

const deliveries = fc.array(changes, { minLength: 1, maxLength: 4 }).chain((commits) =>
  fc.record({
    commits: fc.constant(commits),
    again: fc
      .array(fc.constantFrom(...commits), { maxLength: 3 })
      .chain((doubled) =>
        fc.shuffledSubarray([...commits, ...doubled], { minLength: commits.length + doubled.length }),
      ),
  }),
);

/** The same commit with its meters and collectors renamed, so that one store serves many runs. */
function named(from: LedgerCommit, name: string): LedgerCommit {
  const renamed = <R extends { readonly meter: string }>(rows: readonly R[]): R[] =>
    rows.map((row) => ({ ...row, meter: name + row.meter }));
  return {
    outcomes: renamed(from.outcomes),
    events: renamed(from.events),
    baselines: renamed(from.baselines),
    quarantine: from.quarantine.map((row) => ({ ...row, collector: name })),
    marks: from.marks.map((row) => ({ ...row, collector: name })),
  };
}

async function content(ledger: StateStore['ledger'], name: string): Promise<unknown> {
  const ofMeters: unknown[] = [];
  for (const plain of METERS) {
    const meter = name + plain;
    const outcomes = await ledger.outcomesOfMeter('profile', meter, [AT, AT + 1, AT + 2]);
    const events = await ledger.eventsOfMeter(meter, AT, AT + 3);
    const baseline = (await ledger.baselines()).find((row) => row.meter === meter);
    ofMeters.push([...outcomes, ...events, baseline].map((row) => row && { ...row, meter: plain }));
  }
  const mine = <R extends { readonly collector: string }>(rows: readonly R[]) =>
    rows.filter((row) => row.collector === name).map((row) => JSON.stringify({ ...row, collector: '' }));
  return [ofMeters, mine(await ledger.marks()), mine(await ledger.quarantine(10_000)).sort()];
}
