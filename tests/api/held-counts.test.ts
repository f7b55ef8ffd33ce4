import { afterAll, beforeAll, expect, it } from 'vitest';
import { CODE_NAMES } from '#domain/collection/code-names.ts';
import { SILENT_MS } from '#domain/collection/collector-health.ts';
import { toldOf } from '../../gateway/ingest/told-rows.ts';
import { type FiguresAtWork, figuresAtWork } from '../support/figures-at-work.ts';
import { at } from '../support/plan.ts';
import { FREEZE_ITEMS, get, NOW, reading, seededApp, status } from './seeded-app.ts';

const TODAY = '2026-11-20';
const SLOT = at(TODAY);
const PATHS = ['', '&groupBy=area', '&groupBy=collector&sort=-failed', '&line=G1'];

let seeded: Awaited<ReturnType<typeof seededApp>>;
let work: FiguresAtWork;

// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
type Json = any;

beforeAll(async () => {
  seeded = await seededApp();
  const { state, readings, figures, clock } = seeded;
  work = figuresAtWork({ state, readings, figures, clock });
  await heard(true);
  await changed();
}, 60_000);
afterAll(async () => {
  await work.close();
  await seeded.close();
});

async function heard(online: boolean): Promise<void> {
  const receivedAt = seeded.clock.now();
  await seeded.state.status.save({ district: 'd1', collector: 'c1', status: status(online), receivedAt });
  await seeded.clock.advance(1001);
}

async function changed(): Promise<void> {
  await work.catchUp();
  await seeded.clock.advance(1001);
}

/** Asked twice in every way, the second time out of what is held: each total is the same. */
async function summaries(): Promise<Json[]> {
  const ask = async (): Promise<Json[]> => {
    const answers = await Promise.all(
      PATHS.map((path) => get(seeded.app, `/api/v1/collection/summary?date=${TODAY}${path}`)),
    );
    return answers.map(({ json: { asOf: _, ...json } }) => json);
  };
  const [first, second] = [await ask(), await ask()];
  expect(second).toEqual(first);
  return first;
}

async function total(): Promise<Json> {
  const [whole, ...others] = await summaries();
  for (const { total: same } of others.slice(0, -1)) expect(same).toEqual(whole.total);
  return whole.total;
}

async function cameIn(meter: string): Promise<void> {
  const { readings, state } = seeded;
  const batch = { task: 'freeze-day', quantities: FREEZE_ITEMS, rows: [reading(meter, SLOT, [5000, null])] };
  const written = await readings.write([batch]);
  const feed = toldOf([{ judged: { readings: [batch], ledger: { outcomes: [] } }, written }], () => 'freeze-day');
  await state.ledger.commit({
    ...{ outcomes: [], events: [], quarantine: [], baselines: [], marks: [] },
    ...(feed && { feed }),
  });
  await changed();
}

it('open slots are laid to a collector as soon as it is offline, by its own word or by its silence, and back', async () => {
  const online = await total();
  expect(online.open).toBeGreaterThan(0);
  await heard(false);
  const offline = await total();
  expect(offline).toMatchObject({ open: 0, failed: online.failed + online.open });
  await heard(true);
  expect(await total()).toEqual(online);
  await seeded.clock.advance(SILENT_MS);
  expect(await total()).toEqual(offline);
  await heard(true);
  expect(await total()).toEqual(online);
});

it('a slot is laid to nobody before something should have been heard of it, however often that was counted', async () => {
  await heard(false);
  const late = await total();
  const { clock } = seeded;
  const back = clock.now() - SLOT - 60_000;
  clock.jump(-back);
  const early = await total();
  expect(early.open).toBeGreaterThan(0);
  clock.jump(back);
  expect(await total()).toEqual(late);
  await heard(true);
});

it('a late read counts from the next moment on', async () => {
  const before = await total();
  await cameIn('m1');
  const after = await total();
  expect(after.open).toBe(before.open - 1);
  expect(after.answeredFirst + after.answeredRetry).toBe(before.answeredFirst + before.answeredRetry + 1);
});

it('a day that is closed shows its report at once, and a change after that as one more revised meter', async () => {
  const day = await work.days.of('freeze-day', TODAY);
  const cells = Uint8Array.from(day?.fact ?? []);
  await summaries();
  const { state, clock } = seeded;
  await state.dayReports.add({ task: 'freeze-day', date: TODAY, closedAt: clock.now(), codes: CODE_NAMES, cells });
  const closed = await summaries();
  await cameIn('200000000001');
  const after = await summaries();
  expect(after.map(({ reported }) => reported)).toEqual(closed.map(({ reported }) => reported));
  const revisions = (answers: Json[]): number[] => answers.map((answer) => answer.revisions);
  expect(revisions(after)).toEqual(revisions(closed).map((count, i) => (PATHS[i] === '&line=G1' ? count : count + 1)));
});

it('an exclusion counts from the next moment on, and no longer when it is taken back', async () => {
  const before = await total();
  await seeded.state.exclusions.add({
    ...{ id: 'x', scope: { kind: 'meter', id: '100000000001' } as const, from: TODAY, to: TODAY },
    ...{ reason: 'test', by: 'k', at: NOW },
  });
  await changed();
  expect(await total()).toMatchObject({ expected: before.expected - 1 });
  await seeded.state.exclusions.end('x', 'k', NOW);
  await changed();
  expect(await total()).toEqual(before);
});
