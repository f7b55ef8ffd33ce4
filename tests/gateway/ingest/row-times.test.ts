import { describe, expect, it } from 'vitest';
import type { Batch, EventRow } from '#contract/envelope.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { MOST_AHEAD_MS } from '#domain/validation/row-times.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import { envelope, NOW, outcomeBatch, powerDowns, registers, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { DAY_MS, installation } from '../domain/site.ts';
import { SITE } from './site.ts';

const { start } = centresOf(SITE);
const LATEST = NOW + MOST_AHEAD_MS;
const EXCHANGE = SLOT - DAY_MS;
const EXCHANGED = { ...SITE, installations: ['m1', 'm2', 'm3'].map((id) => installation(id, { from: EXCHANGE })) };
const MINUTE = 60_000;

function judgeOf(site = SITE, baselines: ConstructorParameters<typeof Judge>[1] = []): (...batches: Batch[]) => Judged {
  const judge = new Judge(new RegistryIndex(site), baselines);
  return (...batches) => judge.judge([arrivalOf('d1', 'c1', Buffer.from(envelope(1, batches)))], NOW);
}

/** One register of m1 with both of its times. */
function register(slot: number, readAt: number, importWh = 5000): Batch {
  const row = { meter: 'm1', slot, meterTime: null, readAt, values: [importWh] };
  return { stream: 'reading', task: 'profile', quantities: ['energy_import_wh'], rows: [row] };
}

function powerDown(times: Pick<EventRow, 'start' | 'end' | 'readAt'>): Batch {
  return { stream: 'event', task: 'event', rows: [{ meter: 'm1', kind: 'power_down', ...times }] };
}

function takenOf({ taken, outcomes, events }: Judged): number {
  return taken.length + outcomes.length + events.length;
}

const kinds = ({ ledger }: Judged): string[] => ledger.quarantine.map(({ kind }) => kind);

describe('a row of the future', () => {
  it.each([
    ['slot', (at: number) => register(at, SLOT)],
    ['readAt', (at: number) => register(SLOT, at)],
    ['slot of a failure', (at: number) => outcomeBatch('profile', { meter: 'm1', slot: at })],
    ['at of a failure', (at: number) => outcomeBatch('profile', { meter: 'm1', at })],
    ['start of an event', (at: number) => powerDown({ start: at, end: null, readAt: SLOT })],
    ['end of an event', (at: number) => powerDown({ start: SLOT, end: at, readAt: SLOT })],
    ['readAt of an event', (at: number) => powerDown({ start: SLOT, end: null, readAt: at })],
  ])('is set aside from 5 minutes ahead on, by its %s', (_what, batch) => {
    const good = judgeOf()(batch(LATEST));
    expect([takenOf(good), kinds(good)]).toEqual([1, []]);
    expect([...good.aheadMs]).toEqual([]);
    const judged = judgeOf()(batch(LATEST + 1));
    expect([takenOf(judged), kinds(judged)]).toEqual([0, ['future']]);
    expect(judged.readings).toEqual([]);
    expect([...judged.aheadMs]).toEqual([['c1', MOST_AHEAD_MS + 1]]);
  });

  it('is kept with all that is needed to take it later, and its neighbours are taken', () => {
    const judged = judgeOf()(registers(['m1', NOW + 30 * DAY_MS, 900_000], ['m2', SLOT, 5000]));
    expect(judged.taken).toMatchObject([{ meter: { id: 'm2' } }]);
    expect(judged.ledger.quarantine).toMatchObject([
      { collector: 'c1', epoch: 'e1', seq: 1, why: '2592020 s ahead of the clock of the centre' },
    ]);
    expect(JSON.parse(judged.ledger.quarantine[0]?.content ?? '')).toMatchObject({
      stream: 'reading',
      task: 'profile',
      quantities: ['energy_import_wh'],
      row: { meter: 'm1', values: [900_000] },
    });
  });

  it('spoils none of the readings after it', () => {
    const judge = judgeOf();
    judge(registers(['m1', NOW + 30 * DAY_MS, 5000]));
    const judged = judge(registers(['m1', SLOT, 4000]));
    expect(judged.taken).toMatchObject([{ suspect: false }]);
    expect(judged.ledger.baselines).toEqual([{ meter: 'm1', slot: SLOT, importWh: 4000 }]);
  });

  it('is told of its collector once an hour, and acked like any other', async () => {
    const centre = await start();
    const late = (seq: number, collector = 'c1'): Promise<unknown> =>
      centre.commit(collector, envelope(seq, [registers([collector === 'c1' ? 'm1' : 'x1', NOW + 600_000, 1])]));
    expect(await late(1)).toMatchObject({ upTo: 1 });
    await late(2);
    await late(1, 'c2');
    const warnings = (): unknown[] => centre.logger.lines.filter(({ level }) => level === 'warn').map((l) => l.fields);
    expect(warnings()).toEqual([
      { collector: 'c1', aheadS: 620 },
      { collector: 'c2', aheadS: 620 },
    ]);
    await centre.clock.advance(3_600_000);
    await centre.commit('c1', envelope(3, [registers(['m1', NOW + 3_600_000 + 600_000, 1])]));
    expect(warnings()).toHaveLength(3);
  });
});

describe('a stored baseline of the future', () => {
  it('is not held against the readings of today, and the first of them takes its place', () => {
    const judge = judgeOf(SITE, [{ meter: 'm1', slot: LATEST + 1, importWh: 8000 }]);
    expect(judge(registers(['m1', SLOT, 5000])).ledger.baselines).toEqual([
      { meter: 'm1', slot: SLOT, importWh: 5000 },
    ]);
    expect(judge(registers(['m1', SLOT + 900_000, 4000])).taken).toMatchObject([{ suspect: true }]);
  });
});

describe('a row from before the installation of its meter', () => {
  it('is set aside if it is a reading or an event; a failure says nothing of the meter and is taken', () => {
    const early = EXCHANGE - 1;
    const judged = judgeOf(EXCHANGED)(
      registers(['m1', early, 5000], ['m2', EXCHANGE, 5000]),
      powerDowns(['m1', early, EXCHANGE + MINUTE], ['m2', EXCHANGE, null]),
      outcomeBatch('profile', { meter: 'm1', slot: early }),
    );
    expect(judged.taken).toMatchObject([{ meter: { id: 'm2' } }]);
    expect(judged.events).toMatchObject([{ meter: 'm2' }]);
    expect(judged.outcomes).toMatchObject([{ meter: 'm1' }]);
    expect(kinds(judged)).toEqual(['before_installation', 'before_installation']);
    expect([...judged.aheadMs]).toEqual([]);
  });

  it('is set aside once if it is an event, which the meter tells with every read', () => {
    const judge = judgeOf(EXCHANGED);
    const told = (readAt: number): Batch => powerDown({ start: EXCHANGE - MINUTE, end: null, readAt });
    expect(kinds(judge(told(SLOT)))).toEqual(['before_installation']);
    expect(kinds(judge(told(SLOT + MINUTE)))).toEqual([]);
  });
});

describe('a device that takes the place and the id of another', () => {
  const OLD = { meter: 'm1', slot: EXCHANGE - 1, importWh: 8_000_000 };

  it('begins with a register of its own from the date of its installation on', () => {
    const judge = judgeOf(EXCHANGED, [OLD]);
    const judged = judge(registers(['m1', SLOT, 20]));
    expect(judged.taken).toMatchObject([{ suspect: false }]);
    expect(judged.ledger.baselines).toEqual([{ meter: 'm1', slot: SLOT, importWh: 20 }]);
    expect(judge(registers(['m1', SLOT + 900_000, 10])).taken).toMatchObject([{ suspect: true }]);
  });

  it('without a new date is judged by the register of the old one', () => {
    expect(judgeOf(SITE, [OLD])(registers(['m1', SLOT, 20])).taken).toMatchObject([{ suspect: true }]);
  });

  it('leaves late readings of the first device to be judged by that one', () => {
    const both = {
      ...SITE,
      installations: [installation('m1', { to: EXCHANGE }), installation('m1', { from: EXCHANGE })],
    };
    const judge = judgeOf(both, [OLD]);
    expect(judge(registers(['m1', EXCHANGE - 2, 8_000_001])).taken).toMatchObject([{ suspect: false }]);
    expect(judge(registers(['m1', EXCHANGE - 2, 9_000_000])).taken).toMatchObject([{ suspect: true }]);
  });
});
