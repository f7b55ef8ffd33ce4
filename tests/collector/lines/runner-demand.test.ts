import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '#contract/job.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';
import { ANSWER_MS, registerOf, SILENCE_MS } from '../../support/toy-meters.ts';

const DAY = '2026-11-20';
const NOW = at(DAY, '10:01:00');

let bench: LineBench;
afterEach(() => bench.stop());

function meters(count: number) {
  return Array.from({ length: count }, (_, i) => planMeter(`m${i + 1}`));
}

let jobs = 0;
function job(names: string, over: Partial<Job> = {}): Job {
  const at = bench.clock.now();
  const base = {
    v: 1,
    id: `j${++jobs}`,
    at,
    timeoutS: 60,
    kind: 'instant',
    items: ['voltage_a_v'],
    slot: null,
  } as const;
  return { ...base, items: [...base.items], deadlineAt: at + 60_000, meters: names.split(' '), ...over };
}

/** Endings of demands so far: `m1 read`, `m2 no_answer`. */
function endings(): string[] {
  return bench.sink.records
    .filter((record) => record.job !== undefined)
    .map(({ stream, columns, row }) => {
      expect(stream === 'reading' || row[columns.indexOf('final')] === true).toBe(true);
      return `${row[0]} ${stream === 'reading' ? 'read' : row[columns.indexOf('reason')]}`;
    });
}

describe('a read on demand', () => {
  it('wakes an idle line, is read at once, and settles nothing of the schedule', async () => {
    bench = lineBench({ now: NOW, meters: meters(2), tasks: [task('instant')] });
    void bench.start();
    await bench.clock.advance(2500);
    const scheduled = bench.told.length;
    const asked = bench.clock.now();
    const wanted = job('m2');
    bench.jobs.take(wanted);
    await bench.clock.advance(ANSWER_MS);
    expect(bench.sink.records.slice(scheduled)).toEqual([
      {
        stream: 'reading',
        task: 'on-demand',
        job: wanted.id,
        columns: ['meter', 'slot', 'meterTime', 'readAt', 'energy_import_wh'],
        row: ['m2', asked, null, asked + ANSWER_MS, registerOf('m2', asked)],
      },
    ]);
    expect(bench.results.counts).toEqual({ answered: scheduled, failed: 0 });
  });

  it('goes before everything that is due, jobs in the order in which they came', async () => {
    bench = lineBench({
      now: NOW,
      meters: meters(8),
      tasks: [task('profile'), task('freeze-day', { backfillDays: 0 })],
    });
    void bench.start();
    await bench.clock.advance(5 * ANSWER_MS + 10);
    const before = bench.meters.log.length;
    bench.jobs.take(job('m5 m1'));
    bench.jobs.take(job('m3'));
    await bench.clock.advance(4 * ANSWER_MS);
    const next = bench.meters.log.slice(before, before + 4).map((entry) => entry.split(' ').slice(1, 3).join(' '));
    expect(next).toEqual(['m5 on-demand', 'm1 on-demand', 'm3 on-demand', expect.stringMatching('freeze-day')]);
    await bench.clock.advance(120_000);
    // The schedule is late by the requests of the jobs and by nothing else.
    expect(new Set(bench.told).size).toBe(bench.told.length);
    expect(bench.results.counts.answered).toBe(8 * (41 + 1));
  });

  it('asks a meter that is left alone all the same, once, and does not prolong its wait', async () => {
    bench = lineBench({ now: NOW, meters: meters(2), tasks: [task('instant')] });
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(2000);
    expect(bench.runner.status.breakersOpen).toBe(1);
    const before = bench.meters.asked('read m1').length;
    bench.jobs.take(job('m1'));
    await bench.clock.advance(SILENCE_MS + 10);
    expect(endings()).toEqual(['m1 no_answer']);
    expect(bench.meters.asked('read m1')).toHaveLength(before + 1);
    // The first probe comes 15 s after the first failure, as if nobody had asked.
    await bench.clock.advance(14_000);
    expect(bench.meters.asked('probe m1')).toHaveLength(1);
    bench.meters.failing.clear();
    bench.jobs.take(job('m1'));
    await bench.clock.advance(3 * ANSWER_MS + SILENCE_MS);
    expect(endings().at(-1)).toBe('m1 read');
    expect(bench.runner.status.breakersOpen).toBe(0);
  });

  it('of a silent meter opens its breaker like any other read', async () => {
    bench = lineBench({ now: NOW, meters: meters(1), tasks: [] });
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    bench.jobs.take(job('m1'));
    await bench.clock.advance(SILENCE_MS + 10);
    expect(endings()).toEqual(['m1 no_answer']);
    expect(bench.runner.status.breakersOpen).toBe(1);
  });

  it('of a line that cannot be opened ends at once with the reason of the line', async () => {
    bench = lineBench({ now: NOW, meters: meters(3), tasks: [], line: { concentrator: 'J1' } });
    bench.link.refuses = 'refused';
    void bench.start();
    await bench.clock.advance(400);
    const before = bench.link.opened;
    bench.jobs.take(job('m1 m2 m3'));
    await bench.clock.advance(0);
    expect(endings()).toEqual(['m1', 'm2', 'm3'].map((id) => `${id} concentrator_offline`));
    expect(bench.link.opened).toBe(before + 1);
  });

  it('whose link is lost under it is asked again when the link is back', async () => {
    bench = lineBench({ now: NOW, meters: meters(1), tasks: [task('instant')] });
    void bench.start();
    await bench.clock.advance(2000);
    bench.meters.onAsk = () => {
      bench.meters.onAsk = () => {};
      bench.link.lose('reset');
      throw new ReadError('line_down', 'reset', { next: 'reconnect' });
    };
    bench.jobs.take(job('m1'));
    await bench.clock.advance(5000);
    expect(endings()).toEqual(['m1 read']);
  });

  it('whose turn does not come before its deadline ends with that, and costs no request', async () => {
    bench = lineBench({ now: NOW, meters: meters(100), tasks: [] });
    void bench.start();
    bench.jobs.take(
      job(
        meters(100)
          .map(({ id }) => id)
          .join(' '),
        { timeoutS: 5 },
      ),
    );
    await bench.clock.advance(20_000);
    const count = (ending: string): number => endings().filter((each) => each.endsWith(ending)).length;
    expect([count('read'), count('deadline_missed')]).toEqual([50, 50]);
    expect(bench.meters.log).toHaveLength(50);
  });

  it('keeps its deadline on a line that is held up', async () => {
    bench = lineBench({ now: NOW, meters: meters(2), tasks: [] });
    bench.meters.onAsk = () => bench.clock.sleep('stuck', 30_000);
    void bench.start();
    bench.jobs.take(job('m1 m2', { timeoutS: 5 }));
    await bench.clock.advance(5000);
    expect(endings()).toEqual(['m2 deadline_missed']);
    await bench.clock.advance(30_000);
    // What had begun is told when it ends.
    expect(endings()).toEqual(['m2 deadline_missed', 'm1 read']);
  });
});
