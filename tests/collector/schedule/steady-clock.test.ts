import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { SteadyClock } from '../../../collector/schedule/steady-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START = at('2026-11-20', '10:00:00');

function bench() {
  const clock = new ManualClock(START);
  const steady = new SteadyClock(clock);
  /** Looks every half minute. */
  const run = async (minutes: number) => {
    let judged = steady.look(clock.now());
    for (let i = 0; i < 2 * minutes; i++) {
      await clock.advance(MINUTE_MS / 2);
      judged = steady.look(clock.now());
    }
    return judged;
  };
  return { clock, steady, run };
}

describe('a steady clock', () => {
  it('believes its first look and every steady one after it, however far apart', async () => {
    const { clock, steady, run } = bench();
    expect(steady.look(clock.now())).toEqual({ isSteady: true, ceiling: START });
    await clock.advance(3 * DAY_MS);
    expect(await run(1)).toEqual({ isSteady: true, ceiling: clock.now() });
  });

  it('guesses the true time through a jump, in either direction, and goes with the wall clock once it is believed', async () => {
    for (const jumpMs of [60 * MINUTE_MS, -60 * MINUTE_MS]) {
      const { clock, steady, run } = bench();
      expect(steady.guess(clock.now())).toBe(START);
      await run(1);
      clock.jump(jumpMs);
      await run(5);
      expect(steady.guess(clock.now())).toBe(START + 6 * MINUTE_MS);
      await run(6);
      expect(steady.guess(clock.now())).toBe(clock.now());
      expect(clock.now()).toBe(START + jumpMs + 12 * MINUTE_MS);
    }
  });

  it('guesses whole milliseconds, although the monotonic clock knows parts of them', () => {
    let mono = 0;
    const steady = new SteadyClock({ mono: () => mono });
    steady.look(START);
    mono = 1234.5678;
    expect(steady.guess(START + DAY_MS)).toBe(START + 1235);
  });

  it('takes a correction of a minute as it comes, but not many of them in a row', async () => {
    const { clock, steady, run } = bench();
    await run(1);
    clock.jump(MINUTE_MS);
    expect(steady.look(clock.now()).isSteady).toBe(true);
    clock.jump(MINUTE_MS);
    expect(steady.look(clock.now()).isSteady).toBe(false);
  });

  it.each([
    ['forward', DAY_MS, 0],
    ['back', -DAY_MS, -DAY_MS],
  ])('that jumped %s is believed when it has run steadily for ten minutes', async (_, jump, ceiling) => {
    const { clock, run } = bench();
    await run(1);
    clock.jump(jump);
    expect(await run(9.5)).toEqual({ isSteady: false, ceiling: START + 10.5 * MINUTE_MS + ceiling });
    expect(await run(0.5)).toEqual({ isSteady: true, ceiling: clock.now() });
  });

  it('that jumps again has to run steadily anew', async () => {
    const { clock, run } = bench();
    await run(1);
    clock.jump(DAY_MS);
    await run(9);
    clock.jump(DAY_MS);
    expect((await run(9)).isSteady).toBe(false);
    expect((await run(1)).isSteady).toBe(true);
  });

  it('that returns to where it should be is believed at once', async () => {
    const { clock, steady, run } = bench();
    await run(1);
    clock.jump(DAY_MS);
    expect((await run(2)).isSteady).toBe(false);
    clock.jump(-DAY_MS);
    expect(steady.look(clock.now()).isSteady).toBe(true);
  });
});

describe('an agenda whose clock shows tomorrow for some minutes', () => {
  function agendaBench() {
    const model = meterModel('sdm120');
    if (!model) throw new Error('no sdm120');
    const meter = planMeter('m1', { model: model.id, address: '1', collectedFrom: START });
    const clock = new ManualClock(START);
    const progress = new Progress(ZONE, []);
    const steady = new SteadyClock(clock);
    const agenda = new Agenda(ZONE, [task('instant')], [{ meter, model }], progress, steady);
    /** Gives up and reads every half minute; what happened to which slot. */
    const run = async (minutes: number): Promise<string[]> => {
      const seen: string[] = [];
      for (let i = 0; i < 2 * minutes; i++) {
        for (const { read } of agenda.expired(clock.now())) {
          seen.push(`lost ${(read.slot - START) / MINUTE_MS}`);
          progress.settle(read.task, 'm1', read.slot);
        }
        for (let read = agenda.take(clock.now()); read; read = agenda.take(clock.now())) {
          seen.push(`read ${(read.slot - START) / MINUTE_MS}`);
          progress.settle(read.task, 'm1', read.slot);
          agenda.settled(read);
        }
        await clock.advance(MINUTE_MS / 2);
      }
      return seen;
    };
    return { clock, run };
  }

  it('loses no slot of that day and writes none down that has not come', async () => {
    const { clock, run } = agendaBench();
    expect(await run(6)).toEqual(['read 0', 'read 5']);
    clock.jump(DAY_MS);
    expect(await run(6)).toEqual([]);
    clock.jump(-DAY_MS);
    expect(await run(10)).toEqual(['read 10', 'read 15', 'read 20']);
  });

  it('gives up what lies between when the new time holds', async () => {
    const { clock, run } = agendaBench();
    await run(1);
    clock.jump(60 * MINUTE_MS);
    const seen = await run(11);
    const between = Array.from({ length: 13 }, (_, i) => `lost ${5 * (i + 1)}`);
    expect(seen).toEqual([...between, 'read 70']);
  });
});
