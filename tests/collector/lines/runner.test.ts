import { afterEach, describe, expect, it, vi } from 'vitest';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';
import { ANSWER_MS, registerOf } from '../../support/toy-meters.ts';

const DAY = '2026-11-20';
const FREEZE = task('freeze-day', { backfillDays: 0 });
const GAPS = task('profile');

let bench: LineBench;
afterEach(async () => {
  vi.restoreAllMocks();
  await bench.stop();
});

function meters(count: number) {
  return Array.from({ length: count }, (_, i) => planMeter(`m${i + 1}`));
}

describe('a line at work', () => {
  it('takes what billing needs first, then what shows an outage, then the newest point of the curve, then gaps', async () => {
    bench = lineBench({
      now: at(DAY, '00:32:00'),
      meters: [planMeter('m1', { collectedFrom: at(DAY, '00:30:00') })],
      tasks: [GAPS, task('event'), task('instant'), FREEZE],
    });
    void bench.start();
    await bench.clock.advance(10_000);
    expect(bench.meters.log).toEqual([
      'read m1 freeze-day 00:00',
      'read m1 instant 00:30',
      'read m1 event 00:30',
      'read m1 profile 00:30',
      'read m1 profile 00:15',
      'read m1 profile 00:00',
    ]);
    expect(bench.runner.status).toMatchObject({ state: 'up', waiting: 0, breakersOpen: 0, reason: null });
  });

  it('lets a read that becomes due pass by a long backlog of gaps', async () => {
    bench = lineBench({ now: at(DAY, '10:04:30'), meters: meters(20), tasks: [GAPS, task('instant')] });
    void bench.start();
    await bench.clock.advance(29_990);
    const before = bench.meters.log.length;
    expect(bench.meters.log.at(-1)).toContain('profile');
    await bench.clock.advance(21 * ANSWER_MS);
    const since = bench.meters.log.slice(before, before + 20);
    expect(since).toEqual(meters(20).map(({ id }) => `read ${id} instant 10:05`));
  });

  it('keeps an answer of which a part cannot be, and says which part it left out', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(2), tasks: [task('instant')] });
    bench.meters.dropped.set('m2', 'voltage_a_v 660.1');
    void bench.start();
    await bench.clock.advance(60_000);
    expect(bench.sink.records).toHaveLength(2);
    const warned = bench.logger.lines.filter(({ message }) => message === 'values in doubt');
    expect(warned.map(({ fields }) => fields)).toMatchObject([{ meter: 'm2', dropped: ['voltage_a_v 660.1'] }]);
  });

  it('writes down exactly what each meter gave, each slot once', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(3), tasks: [GAPS, FREEZE, task('instant')] });
    void bench.start();
    await bench.clock.advance(60_000);
    const read = bench.sink.records.map(({ row }) => ({ meter: String(row[0]), slot: Number(row[1]), value: row[4] }));
    expect(read).toHaveLength(3 * (41 + 1 + 1));
    expect(new Set(bench.told).size).toBe(read.length);
    expect(read.filter(({ meter, slot, value }) => value !== registerOf(meter, slot))).toEqual([]);
  });

  it('has one request on its way at a time', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(5), tasks: [FREEZE, task('instant')] });
    const asked: number[] = [];
    bench.meters.onAsk = () => void asked.push(bench.clock.mono());
    void bench.start();
    await bench.clock.advance(30_000);
    expect(asked).toHaveLength(10);
    expect(asked.every((when, i) => i === 0 || when - (asked[i - 1] ?? 0) >= ANSWER_MS)).toBe(true);
  });

  it('asks again for a lost reply only while the meter is known to answer, and always for a damaged one', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [planMeter('m1')], tasks: [task('instant')] });
    const { runner } = bench;
    const tries: number[][] = [];
    bench.meters.onAsk = () =>
      void tries.push([
        runner.triesFor('no_answer'),
        runner.triesFor('wrong_address'),
        runner.triesFor('crc_error'),
        runner.triesFor('malformed'),
      ]);
    void bench.start();
    await bench.clock.advance(5 * 60_000);
    bench.meters.failing.set('m1', 'no_answer');
    await bench.clock.advance(10 * 60_000);
    expect(bench.meters.log.slice(0, 5)).toEqual([
      'read m1 instant 10:00',
      'read m1 instant 10:05',
      'read m1 instant 10:10',
      expect.stringContaining('read m1 instant'),
      'probe m1',
    ]);
    expect(tries.slice(0, 5)).toEqual([
      [1, 1, 3, 3],
      [2, 2, 3, 3],
      [2, 2, 3, 3],
      [1, 1, 3, 3],
      [1, 1, 3, 3],
    ]);
  });
});

describe('gaps in a curve', () => {
  it('are asked for together, eight to a request', async () => {
    bench = lineBench({
      now: at(DAY, '04:01:00'),
      meters: [planMeter('m1', { collectedFrom: at(DAY, '04:00:00') })],
      tasks: [GAPS],
      severalAtOnce: true,
    });
    void bench.start();
    await bench.clock.advance(10_000);
    expect(bench.meters.log).toEqual([
      'read m1 profile 04:00',
      'read m1 profile 03:45 03:30 03:15 03:00 02:45 02:30 02:15 02:00',
      'read m1 profile 01:45 01:30 01:15 01:00 00:45 00:30 00:15 00:00',
    ]);
    expect(bench.told).toHaveLength(17);
  });

  it('that the meter has no record of end so, and their neighbours are neither lost nor written twice', async () => {
    bench = lineBench({
      now: at(DAY, '03:01:00'),
      meters: [planMeter('m1', { collectedFrom: at(DAY, '03:00:00') })],
      tasks: [GAPS],
      severalAtOnce: true,
    });
    const missing = ['02:30', '01:45', '01:00'];
    for (const time of missing) bench.meters.missing.add(at(DAY, `${time}:00`));
    void bench.start();
    await bench.clock.advance(30_000);
    const { told } = bench;
    expect(new Set(told).size).toBe(told.length);
    expect(told.filter((line) => line.endsWith('stale_freeze'))).toEqual(
      missing.map((time) => `m1 profile ${time} stale_freeze`),
    );
    expect(told.filter((line) => line.endsWith(' read'))).toHaveLength(13 - missing.length);
    expect(bench.results.counts).toEqual({ answered: 13 - missing.length, failed: 0 });
  });
});

describe('several slots asked for at once', () => {
  const FROM_TWO = { collectedFrom: at(DAY, '02:00:00') };
  function startAtTwo(): void {
    bench = lineBench({
      now: at(DAY, '02:01:00'),
      meters: [planMeter('m1', FROM_TWO)],
      tasks: [GAPS],
      severalAtOnce: true,
    });
  }

  it('each have their own reason when they have no answer, and what that asks for', async () => {
    startAtTwo();
    bench.meters.missing.add(at(DAY, '01:30:00'));
    const failed = vi.spyOn(Agenda.prototype, 'failed');
    void bench.start();
    await bench.clock.advance(1000);
    expect(bench.meters.log).toHaveLength(2);
    expect(bench.told.filter((line) => !line.endsWith(' read'))).toEqual(['m1 profile 01:30 stale_freeze']);
    expect(failed.mock.calls.map(([read, attempted]) => [read.slot, attempted])).toEqual([
      [at(DAY, '01:30:00'), expect.objectContaining({ attempts: 1, detail: 'toy has no record', next: 'skip' })],
    ]);
  });

  it('stay due when they were not asked for after all', async () => {
    startAtTwo();
    for (const time of ['01:30', '00:45']) bench.meters.unasked.add(at(DAY, `${time}:00`));
    void bench.start();
    await bench.clock.advance(1000);
    expect(bench.meters.log.slice(2)).toEqual(['read m1 profile 01:30 00:45', 'read m1 profile 00:45']);
    expect(bench.told).toHaveLength(9);
    expect(bench.told.filter((line) => line.endsWith(' read'))).toHaveLength(8);
  });

  it('stay due at once, also the one that the others came along with', async () => {
    startAtTwo();
    bench.meters.unasked.add(at(DAY, '01:45:00'));
    void bench.start();
    await bench.clock.advance(1000);
    expect(bench.meters.log.slice(2)).toEqual(['read m1 profile 01:45']);
    expect(bench.told.filter((line) => line.endsWith(' read'))).toHaveLength(9);
  });

  it('of which none was asked for fail one by one: the line never asks for the same for ever', async () => {
    startAtTwo();
    for (let slot = at(DAY, '00:00:00'); slot < at(DAY, '02:00:00'); slot += 900_000) bench.meters.unasked.add(slot);
    void bench.start();
    await bench.clock.advance(60_000);
    expect(bench.meters.log).toHaveLength(9);
    expect(bench.told).toHaveLength(9);
  });
});

describe('the end of a line', () => {
  it('in the middle of a read writes nothing of it, closes the link and leaves no timer behind', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(2), tasks: [FREEZE] });
    void bench.start();
    await bench.clock.advance(ANSWER_MS / 2);
    bench.meters.failing.set('m1', 'no_answer');
    bench.meters.onAsk = async () => {
      await bench.clock.sleep('slow', 5000);
    };
    await bench.clock.advance(ANSWER_MS);
    const told = [...bench.told];
    bench.meters.failing.set('m2', 'no_answer');
    await bench.stop();
    expect(bench.told).toEqual(told);
    expect(bench.link.isOpen).toBe(false);
    expect(bench.clock.waiting).toEqual([]);
  });

  it('comes at once when it was only waiting', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(1), tasks: [FREEZE] });
    const ended = bench.start();
    await bench.clock.advance(2000);
    expect(bench.clock.waiting).toEqual(['line L1']);
    const stopping = bench.stop();
    await ended;
    expect(bench.clock.mono()).toBe(2000);
    await stopping;
  });

  it('comes with the error when it is no failed read: such a process cannot be trusted', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: meters(1), tasks: [FREEZE] });
    bench.meters.onAsk = () => {
      throw new RangeError('off by one');
    };
    const ended = expect(bench.start()).rejects.toThrow('off by one');
    await bench.clock.advance(1000);
    await ended;
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [], tasks: [] });
  });
});
