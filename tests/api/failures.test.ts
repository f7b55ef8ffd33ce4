import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays } from '#contract/zone.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { get, NOW, OUTAGE, outcome, seededApp, siteOf } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp({ registry: siteOf(at('2026-09-01')) });
});
afterAll(() => seeded.close());

const failures = async (query: string) => (await get(seeded.app, `/api/v1/collection/failures?${query}`)).json;
const commit = (outcomes: ReturnType<typeof outcome>[]) =>
  seeded.state.ledger.commit({ outcomes, events: [], quarantine: [], baselines: [], marks: [] });

const SILENT = '200000000002';

// The tests share one application: those that only read come first, and each later one commits what it asks for.

test('causes are paged most meters first', async () => {
  const ids = async (query: string) => (await failures(`date=2026-11-20&groupBy=cause&${query}`)).items;
  const all = await ids('limit=100');
  const first = await failures('date=2026-11-20&groupBy=cause&limit=1');
  const rest = await ids(`limit=100&cursor=${first.nextCursor}`);
  expect([...first.items, ...rest]).toEqual(all);
  expect(all.length).toBeGreaterThan(1);
});

test('runs of a task with many slots a day are refused beyond what is counted', async () => {
  const json = await failures('task=profile&consecutiveDaysMin=3');
  expect(json).toMatchObject({ status: 400, code: 'bad_request', errors: [{ pointer: '/consecutiveDaysMin' }] });
});

test('a read that failed just before the first evidence of the outage is blamed on it too', async () => {
  await commit([{ ...outcome(SILENT, at('2026-11-20'), 'no_answer'), at: OUTAGE.startedAt - 60_000 }]);
  const { items } = await failures('date=2026-11-20&groupBy=cause&reason=no_answer&area=A2');
  expect(items[0]).toMatchObject({ kind: 'outage', id: OUTAGE.id });
});

test('an outage is the cause of the reads that failed while it lasted, and of no other', async () => {
  const causeOn = async (date: string) => {
    const json = await failures(`date=${date}&groupBy=cause&reason=no_answer&area=A2`);
    const found = json.items.find(({ rows }: { rows: { meter: string }[] }) => rows[0]?.meter === SILENT);
    return found && `${found.kind} ${found.id}`;
  };
  const earlier = { ...outcome(SILENT, at('2026-11-18'), 'no_answer'), at: at('2026-11-18', '00:08:00') };
  const during = { ...outcome(SILENT, at('2026-11-20'), 'no_answer'), at: NOW - 600_000 };
  await commit([earlier, during]);
  expect(await causeOn('2026-11-20')).toBe(`outage ${OUTAGE.id}`);
  expect(await causeOn('2026-11-18')).toBe(`meter ${SILENT}`);
  const past = (restoredAt: number) => {
    const startedAt = earlier.at - 1000;
    const members = membersOf([SILENT], startedAt, restoredAt);
    return outageOf({ id: 'past', area: 'A2', startedAt, restoredAt, members });
  };
  await saveOutages(seeded.state, past(earlier.at + 1));
  expect(await causeOn('2026-11-18')).toBe('outage past');
  await saveOutages(seeded.state, past(earlier.at));
  expect(await causeOn('2026-11-18')).toBe(`meter ${SILENT}`);
});

test('a run of days is counted back to its beginning, whatever is filtered', async () => {
  await commit([...Array(12).keys()].map((day) => outcome(SILENT, at(addDays('2026-11-20', -day)), 'no_answer')));
  const goodDay = { meter: SILENT, slot: at('2026-11-08'), meterTime: null, readAt: at('2026-11-08') + 1 };
  await seeded.readings.write([
    {
      task: 'freeze-day',
      quantities: ['energy_import_wh'],
      rows: [{ ...goodDay, quality: 'valid', rules: [], values: [1] }],
    },
  ]);
  for (const filter of ['', '&consecutiveDaysMin=3', '&consecutiveDaysMin=12', '&area=A2']) {
    const { items } = await failures(`date=2026-11-20${filter}`);
    expect(items.find(({ meter }: { meter: string }) => meter === SILENT)).toMatchObject({
      consecutiveDays: 12,
      since: '2026-11-09',
    });
  }
  const { items } = await failures('date=2026-11-20&consecutiveDaysMin=13');
  expect(
    items.map(({ meter, consecutiveDays }: { meter: string; consecutiveDays: number }) => [meter, consecutiveDays]),
  ).not.toContainEqual([SILENT, expect.anything()]);
  expect(items[0]).toMatchObject({ consecutiveDays: 31, since: '2026-10-21' });
});

test('a cursor belongs to its filters, and goes on after its meter when others have been read meanwhile', async () => {
  const first = await failures('date=2026-11-20&limit=2');
  expect(first.nextCursor).toBeTruthy();
  for (const filter of ['area=A1', 'reason=no_answer', 'consecutiveDaysMin=2', 'groupBy=cause']) {
    const answer = await failures(`date=2026-11-20&limit=2&${filter}&cursor=${first.nextCursor}`);
    expect([answer.status, answer.code]).toEqual([400, 'bad_cursor']);
  }
  const all = (await failures('date=2026-11-20')).items.map(({ meter }: { meter: string }) => meter);
  await seeded.readings.write([
    {
      task: 'freeze-day',
      quantities: ['energy_import_wh'],
      rows: [
        {
          meter: all[0],
          slot: at('2026-11-20'),
          meterTime: null,
          readAt: NOW,
          quality: 'valid',
          rules: [],
          values: [5],
        },
      ],
    },
  ]);
  const second = await failures(`date=2026-11-20&limit=2&cursor=${first.nextCursor}`);
  expect(second.items.map(({ meter }: { meter: string }) => meter)).toEqual(all.slice(2, 4));
});
