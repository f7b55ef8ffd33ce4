import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import {
  envelope,
  NOW,
  outcomeBatch,
  powerDowns,
  QUARTER_MS,
  readingBatch,
  registers,
  SLOT,
} from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { SITE } from './site.ts';

const { start, place } = centresOf(SITE);

function judgeOf(baselines: ConstructorParameters<typeof Judge>[1] = []): (...batches: Batch[]) => Judged {
  const judge = new Judge(new RegistryIndex(SITE), baselines);
  let seq = 1;
  return (...batches) => judge.judge([arrivalOf('d1', 'c1', Buffer.from(envelope(seq++, batches)))], NOW);
}

function verdicts({ readings }: Judged): unknown[] {
  return readings.flatMap(({ rows }) => rows.map(({ quality, rules }) => [quality, ...rules]));
}

describe('a judged envelope', () => {
  it('gives the stores the rows and the detectors the same with their meters', () => {
    const judged = judgeOf()(
      readingBatch('profile', ['energy_import_wh', 'voltage_a_v'], [['m1', SLOT, 5000, null]]),
      outcomeBatch('profile', { meter: 'm2' }),
      powerDowns(['m3', SLOT, null]),
    );
    expect(judged.readings).toMatchObject([
      {
        task: 'profile',
        quantities: ['energy_import_wh', 'voltage_a_v'],
        rows: [{ meter: 'm1', values: [5000, null] }],
      },
    ]);
    expect(judged.taken).toMatchObject([
      {
        meter: { id: 'm1', area: 'a1' },
        model: { id: 'dlt645-1ph' },
        task: { kind: 'profile' },
        slot: SLOT,
        values: { energy_import_wh: 5000, voltage_a_v: null },
        suspect: false,
      },
    ]);
    expect(judged.outcomes).toMatchObject([{ task: 'profile', meter: 'm2' }]);
    expect(judged.ledger.outcomes).toEqual(judged.outcomes);
    expect(judged.ledger.events).toEqual(judged.events);
    expect(judged.ledger.baselines).toEqual([{ meter: 'm1', slot: SLOT, importWh: 5000 }]);
  });

  it('marks as suspect what the meter cannot have counted, keeps the value, and leaves the baseline', () => {
    const judge = judgeOf();
    expect(verdicts(judge(registers(['m1', SLOT, 5000])))).toEqual([['valid']]);
    const reversed = judge(registers(['m1', SLOT + QUARTER_MS, 4000]));
    expect(verdicts(reversed)).toEqual([['suspect', 'register_reversed']]);
    expect(reversed.readings[0]?.rows[0]?.values).toEqual([4000]);
    expect(reversed.taken).toMatchObject([{ suspect: true }]);
    expect(reversed.ledger.baselines).toEqual([]);
    expect(verdicts(judge(registers(['m1', SLOT + 2 * QUARTER_MS, 900_000])))).toEqual([['suspect', 'register_jump']]);
    expect(verdicts(judge(registers(['m1', SLOT + 3 * QUARTER_MS, 5100])))).toEqual([['valid']]);
  });

  it('is judged row by row: the first row of a meter is the baseline of its second', () => {
    const judged = judgeOf()(registers(['m1', SLOT, 5000], ['m1', SLOT + QUARTER_MS, 4000], ['m2', SLOT, 10]));
    expect(verdicts(judged)).toEqual([['valid'], ['suspect', 'register_reversed'], ['valid']]);
    expect(judged.ledger.baselines.map(({ meter: id, importWh }) => [id, importWh])).toEqual([
      ['m1', 5000],
      ['m2', 10],
    ]);
  });

  it('is judged against the stored baselines from the first row on', () => {
    const judge = judgeOf([{ meter: 'm1', slot: SLOT - QUARTER_MS, importWh: 8000 }]);
    expect(verdicts(judge(registers(['m1', SLOT, 5000], ['m2', SLOT, 5000])))).toEqual([
      ['suspect', 'register_reversed'],
      ['valid'],
    ]);
  });

  it('whose rows are all refused brings the stores no empty batch', () => {
    const judged = judgeOf()(registers(['m9', SLOT, 1]));
    expect(judged.readings).toEqual([]);
    expect(judged.ledger.quarantine).toHaveLength(1);
  });
});

describe('an envelope that breaks the judge half-way', () => {
  it('leaves no baseline behind: its rows were never taken', () => {
    const judge = new Judge(new RegistryIndex({ ...SITE, timeZone: 'Nowhere/At-All' }), []);
    const judged = (seq: number, batch: Batch): Judged =>
      judge.judge([arrivalOf('d1', 'c1', Buffer.from(envelope(seq, [batch])))], NOW);
    const values = ['m1', SLOT, 5000] as const;
    // Whether a row is late is a question of the time zone only when it was read in another quarter hour.
    const late = { meter: 'm2', slot: SLOT, meterTime: null, readAt: SLOT + QUARTER_MS, values: [1] };
    const batch = registers(values);
    if (batch.stream !== 'reading') throw new Error('no readings');
    const broken = judged(1, { ...batch, rows: [...batch.rows, late] });
    expect(broken.failures).toHaveLength(1);
    expect(broken.ledger.baselines).toEqual([]);
    expect(verdicts(judged(3, registers(['m1', SLOT + QUARTER_MS, 4000])))).toEqual([['valid']]);
  });
});

describe('after a restart', () => {
  it.each([
    ['runs backwards', 4000, 'register_reversed'],
    ['jumps', 900_000, 'register_jump'],
  ])('a register that %s is still caught', async (_what, importWh, rule) => {
    const at = place();
    const before = await start(at);
    await before.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    await before.stop();
    await at.close();
    const after = await start(at);
    await after.commit('c1', envelope(2, [registers(['m1', SLOT + QUARTER_MS, importWh])]));
    expect(await after.readings.ofMeter('profile', 'm1', [SLOT + QUARTER_MS])).toMatchObject([
      { quality: 'suspect', rules: [rule], values: { energy_import_wh: importWh } },
    ]);
    expect(await after.state.ledger.baselines()).toMatchObject([{ meter: 'm1', importWh: 5000 }]);
  });
});
