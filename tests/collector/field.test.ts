import { afterEach, describe, expect, it } from 'vitest';
import type { DistrictPlan, LinePlan } from '../../simulators/district/build.ts';
import { meterId } from '../../simulators/district/build.ts';
import { differences } from '../support/oracle.ts';
import { at, task } from '../support/plan.ts';
import { type SimField, startSimField, until } from '../support/sim-field.ts';

const NOW = at('2026-11-20', '10:00:20');
const QUICK = { baudRate: null, replyDelayMs: [0, 1] } as const;

let running: SimField | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

function district(kind: LinePlan['kind'], customers: number): DistrictPlan {
  return {
    areas: [{ id: 'A1', lines: [{ kind, customers, id: 'L1', concentrator: 'J1', timing: QUICK }], pvEvery: 5 }],
  };
}

const KINDS = ['dlt645-tcp', 'dlt645-pty', 'modbus-tcp', 'modbus-rtu-pty'] as const;

describe('a field at work', () => {
  it.each(KINDS)('reads over %s exactly what the meters give', async (kind) => {
    const customers = kind.endsWith('pty') ? 2 : 6;
    const tasks = [task('freeze-day'), task('profile'), task('instant'), task('event')];
    running = await startSimField(district(kind, customers), { tasks, now: NOW });
    const { world, sink, plan } = running;
    const keeps = kind.startsWith('dlt645');
    // Four freezes, the points of the day so far, one instant and one look at the events; a present value else.
    const each = keeps ? 4 + 41 + 1 + 1 : 2;
    await until(() => sink.decoded.readings.length >= plan.meters.length * each);
    const { readings, outcomes } = sink.decoded;
    expect(outcomes).toEqual([]);
    const wrong = readings.flatMap((held) => {
      const found = tasks.find(({ id }) => id === held.task);
      return found ? differences(world, found, held) : ['no such task'];
    });
    expect(wrong).toEqual([]);
    expect(new Set(readings.map(({ task: id, meter, slot }) => `${id} ${meter} ${slot}`)).size).toBe(readings.length);
  });

  it('gives a dead meter its reason, once for each of its slots, and reads the others', async () => {
    const dead = meterId(1, 3);
    running = await startSimField(district('dlt645-tcp', 8), {
      tasks: [task('freeze-day')],
      now: NOW,
      timing: { replyTimeoutMs: 1500 },
      prepare: (world) => void world.faults.put('dead', { kind: 'dead', target: { meter: dead } }, NOW - 1000),
    });
    const { sink, plan, field } = running;
    await until(() => sink.decoded.readings.length >= (plan.meters.length - 1) * 4);
    await until(() => sink.decoded.outcomes.length >= 4);
    const { outcomes, readings } = sink.decoded;
    expect(readings.every((held) => held.meter !== dead)).toBe(true);
    expect(outcomes.map(({ meter, reason, final }) => [meter, reason, final])).toEqual(
      Array.from({ length: 4 }, () => [dead, 'no_answer', false]),
    );
    // One request found out; the other three slots cost nothing.
    expect(field.lines[0]).toMatchObject({ timeouts: 1, breakersOpen: 1 });
  });

  it('tells of a concentrator that is offline as the reason of each slot, and reads everything when it is back', async () => {
    running = await startSimField(district('dlt645-tcp', 3), {
      tasks: [task('freeze-day')],
      now: NOW,
      prepare: (world) =>
        void world.faults.put('off', { kind: 'concentrator-offline', target: { line: 'L1' } }, NOW - 1000),
    });
    const { sink, plan, field, world } = running;
    await until(() => sink.decoded.outcomes.length >= plan.meters.length * 4);
    expect(new Set(sink.decoded.outcomes.map(({ reason }) => reason))).toEqual(new Set(['concentrator_offline']));
    expect(field.lines[0]).toMatchObject({ state: 'down', reason: 'concentrator_offline', requests: 0 });
    world.faults.end('off', NOW + 1000);
    await until(() => sink.decoded.readings.length >= plan.meters.length * 4);
    expect(field.lines[0]).toMatchObject({ state: 'up' });
  });

  it('refuses the freezes of a meter that lives a day behind', async () => {
    const behind = meterId(1, 2);
    running = await startSimField(district('dlt645-tcp', 2), {
      tasks: [task('freeze-day')],
      now: NOW,
      prepare: (world) =>
        void world.faults.put(
          'clock',
          { kind: 'wrong-clock', target: { meter: behind }, offsetS: -26 * 3600, from: at('2026-11-01') },
          NOW,
        ),
    });
    const { sink, plan } = running;
    await until(() => sink.decoded.readings.length >= (plan.meters.length - 1) * 4);
    await until(() => sink.decoded.outcomes.length >= 4);
    expect(sink.decoded.outcomes.map(({ meter, reason }) => `${meter} ${reason}`)).toEqual(
      Array.from({ length: 4 }, () => `${behind} meter_clock_wrong`),
    );
  });
});
