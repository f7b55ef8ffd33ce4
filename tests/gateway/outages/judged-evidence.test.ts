import { describe, expect, it } from 'vitest';
import type { Batch, EventBatch } from '#contract/envelope.ts';
import { ON_DEMAND } from '#contract/job.ts';
import type { TaskKind } from '#contract/tasks.ts';
import { evidenceOfReading } from '#domain/outages/evidence.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { JobStore } from '#stores/job-store.ts';
import { JudgedEvidence } from '../../../gateway/outages/judged-evidence.ts';
import { outcomeBatch, powerDowns, readingBatch, SLOT } from '../../support/centre.ts';
import { randomFrom, testSeed } from '../../support/random.ts';
import { line, meter } from '../domain/site.ts';
import { AREA, judged, MIN } from './at-work.ts';

const PHASES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;
const SITE = {
  ...AREA,
  meters: AREA.meters.map((each) => (each.id === 'm1' ? meter('m1', { model: 'dlt645-3ph' }) : each)),
  lines: [line('l1', { concentrator: 'k1' })],
};

/** Evidence of batches, and what was ordinary, as meter and moment. */
async function found(kinds: Readonly<Record<string, TaskKind>>, ...batches: Batch[]) {
  const asked: string[] = [];
  const jobs = {
    get: async (id: string) => {
      asked.push(id);
      const kind = kinds[id];
      return kind ? ({ job: { kind } } as Awaited<ReturnType<JobStore['get']>>) : null;
    },
  };
  const ordinary: string[] = [];
  const engine = { ordinary: (id: string, at: number) => void ordinary.push(`${id} ${at - SLOT}`) };
  const judge = new JudgedEvidence(new RegistryIndex(SITE), DEFAULT_OUTAGE_SETTINGS, jobs);
  const evidence = await judge.of(judged(SITE, ...batches), engine);
  return { evidence, ordinary, asked };
}

function facts(evidence: readonly Evidence[]): string[] {
  return evidence.map((each) => `${each.fact} ${'meter' in each ? each.meter : ''} ${each.at - SLOT}`.trim());
}

/** Results of a job; each was read 20 s after its slot. */
function results(job: string, voltageV: number, slot = SLOT): Batch {
  const batch = readingBatch(ON_DEMAND, ['voltage_a_v'], [['m0', slot, voltageV]]);
  if (batch.stream !== 'reading') throw new Error('no readings');
  return { ...batch, job };
}

describe('the evidence of what was judged', () => {
  it('is nothing but a meter and a moment where all phases have voltage', async () => {
    const { evidence, ordinary } = await found({}, readingBatch('instant', PHASES, [['m1', SLOT, 230, 231, 229]]));
    expect(ordinary).toEqual(['m1 20000']);
    expect(evidence).toEqual([]);
  });

  it('tells of the memory of a meter when it was, and that the meter answered when it was read', async () => {
    const { evidence, ordinary } = await found({}, readingBatch('profile', ['voltage_a_v'], [['m0', SLOT, 230]]));
    expect(ordinary).toEqual(['m0 0']);
    expect(facts(evidence)).toEqual(['answered m0 20000']);
  });

  it('is full evidence where a phase is missing, or all of them', async () => {
    const batch = readingBatch('instant', PHASES, [
      ['m0', SLOT, 0, null, null],
      ['m1', SLOT, 230, 0, 229],
    ]);
    const { evidence, ordinary } = await found({}, batch);
    expect(ordinary).toEqual([]);
    expect(evidence).toMatchObject([
      { fact: 'voltage_off', meter: 'm0' },
      { fact: 'voltage_on', meter: 'm1', present: ['a', 'c'], missing: ['b'] },
      { fact: 'answered', meter: 'm1' },
    ]);
  });

  it('never says less than the whole look at the same reading', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    const voltage = (): number | null => [null, 0, 150, 230, 231, 6553][Math.floor(random() * 6)] ?? null;
    for (let i = 0; i < 300; i++) {
      const task = random() < 0.5 ? 'instant' : 'profile';
      const id = random() < 0.5 ? 'm0' : 'm1';
      const values = [voltage(), voltage(), voltage()];
      const batch = readingBatch(task, PHASES, [[id, SLOT, ...values]]);
      const { evidence, ordinary } = await found({}, batch);
      const [taken] = judged(SITE, batch).taken;
      if (!taken) throw new Error('the reading was not taken');
      const { model, readAt } = taken;
      const whole = evidenceOfReading(
        { meter: id, slot: SLOT, readAt, values: taken.values },
        model,
        taken.task,
        DEFAULT_OUTAGE_SETTINGS,
      );
      const on = ordinary.map((text) => ({ fact: `voltage_on ${text}` }));
      const said = [...on.map(({ fact }) => fact), ...facts(evidence)];
      // Ordinary supply says the answer of the same moment, too.
      const expected = facts(whole).filter((fact) => !ordinary.includes(fact.replace('answered ', '')));
      expect(said.toSorted(), `seed ${seed}, ${task} ${id} ${values}`).toEqual(expected.toSorted());
    }
  });

  it('takes silence, records of meters and the word of a terminal', async () => {
    const gasp: EventBatch = {
      stream: 'event',
      task: 'event',
      rows: [{ meter: 'k1', kind: 'terminal_power_down', start: SLOT, end: null, readAt: SLOT + 1000 }],
    };
    const { evidence } = await found(
      {},
      outcomeBatch('profile', { meter: 'm0' }, { meter: 'm1', reason: 'line_down' }),
      powerDowns(['m2', SLOT, SLOT + 5 * MIN]),
      gasp,
    );
    expect(evidence).toMatchObject([
      { fact: 'silent', meter: 'm0' },
      { fact: 'power_down', meter: 'm2', end: SLOT + 5 * MIN },
      { fact: 'terminal_down', concentrator: 'k1', at: SLOT, end: null },
    ]);
  });
});

describe('a live read as evidence', () => {
  it('says what voltage there is at the moment of the read, also to whom it was not of interest', async () => {
    const { evidence } = await found({ j1: 'instant' }, results('j1', 230));
    expect(facts(evidence)).toEqual(['voltage_on m0 20000', 'answered m0 20000']);
    expect(facts((await found({ j1: 'instant' }, results('j1', 0))).evidence)).toEqual(['voltage_off m0 20000']);
  });

  it('of a point of the past says what was then', async () => {
    const { evidence } = await found({ j1: 'profile' }, results('j1', 0, SLOT - 60 * MIN));
    expect(facts(evidence)[0]).toBe('voltage_off m0 -3600000');
  });

  it('of a job that nobody knows any more says only that the meter answered', async () => {
    expect(facts((await found({}, results('gone', 0))).evidence)).toEqual(['answered m0 20000']);
  });

  it('that stays without an answer is silence, unless the way there was at fault', async () => {
    const outcomes = outcomeBatch(ON_DEMAND, { meter: 'm0' }, { meter: 'm1', reason: 'deadline_missed' });
    if (outcomes.stream !== 'outcome') throw new Error('no outcomes');
    const { evidence } = await found({ j1: 'instant' }, { ...outcomes, job: 'j1' });
    expect(evidence).toMatchObject([{ fact: 'silent', meter: 'm0' }]);
  });

  it('asks once for the kind of a job', async () => {
    const { asked } = await found({ j1: 'instant' }, results('j1', 230), results('j1', 231, SLOT + MIN));
    expect(asked).toEqual(['j1']);
  });
});
