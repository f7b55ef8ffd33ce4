import { afterEach, describe, expect, it } from 'vitest';
import { meterId } from '../../simulators/district/build.ts';
import { expectedDayFreeze } from '../../simulators/district/scenario.ts';
import type { FaultInput } from '../../simulators/faults/parse-fault.ts';
import type { SimMeter } from '../../simulators/world/meter.ts';
import type { LineKind } from '../../simulators/world/spec.ts';
import { FieldCheck } from '../support/field-check.ts';
import { at, task } from '../support/plan.ts';
import { type SimField, startSimField, until } from '../support/sim-field.ts';

const NOW = at('2026-11-20', '02:00:20');
const QUICK = { baudRate: null, replyDelayMs: [0, 1] } as const;
const TASKS = [task('freeze-day'), task('profile'), task('instant'), task('event')];
/** Where nobody is silent, waiting for a busy machine costs nothing. */
const PATIENCE_MS = 5000;
const IMPATIENCE_MS = 600;
/** Freezes that a start fetches: of this day and of the three before. */
const MIDNIGHTS = ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17'].map((date) => at(date));
const DLT = ['dlt645-tcp', 'dlt698-tcp', 'gdw376-tcp', 'gdw376-dial-in', 'dlt698-dial-in'] as const;
const WITH_RTU = [...DLT, 'modbus-rtu-pty'] as const;
const GDW376 = ['gdw376-tcp', 'gdw376-dial-in'] as const;
const DIAL_IN = ['gdw376-dial-in', 'dlt698-dial-in'] as const;

let running: SimField | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

type Setting = Omit<FaultInput, 'target'>;

/** One line of each kind with two customers; the fault strikes the line itself, or the first meter of each. */
async function struck(
  kinds: readonly LineKind[],
  strikes: 'line' | 'meter',
  setting: Setting,
  replyTimeoutMs = PATIENCE_MS,
): Promise<{ field: SimField; check: FieldCheck; meters: readonly string[] }> {
  const meters = kinds.map((_, i) => meterId(1, 2 * i + 1));
  const lines = kinds.map((kind, i) => ({ kind, id: `L${i}`, customers: 2, timing: QUICK }));
  const field = await startSimField(
    { areas: [{ id: 'A1', lines, pvEvery: 0 }] },
    {
      tasks: TASKS,
      now: NOW,
      timing: { replyTimeoutMs, byteGapMs: 100, quietMs: 10 },
      prepare: (world) => {
        for (const [i, meter] of meters.entries()) {
          world.faults.put(`f${i}`, { ...setting, target: strikes === 'line' ? { line: `L${i}` } : { meter } }, NOW);
        }
      },
    },
  );
  running = field;
  return { field, check: new FieldCheck(field, TASKS, NOW), meters };
}

/** A reply to something else may be a late one to an earlier request: to the collector it is none. */
function expectedFreeze(meter: SimMeter, midnight: number): string {
  const isOther = meter.faults.some(({ kind, params }) => kind === 'wrong-reply' && params.as === 'item');
  return isOther ? 'no_answer' : expectedDayFreeze(meter, midnight, NOW);
}

describe('a field gets every value, and none that no meter gave,', () => {
  it.each<[string, readonly LineKind[], Setting]>([
    ['through noise before each reply', WITH_RTU, { kind: 'junk' }],
    ['from answers in pieces', DLT, { kind: 'follow-frames' }],
    ['from a meter that tells another register every second time', DLT, { kind: 'disagree' }],
    ['from a meter whose every fourth reply is damaged', WITH_RTU, { kind: 'noise' }],
  ])('%s', async (_, kinds, setting) => {
    const { check } = await struck(kinds, 'meter', setting);
    await until(() => check.unread.length === 0);
    expect(check.failures).toEqual([]);
    expect(check.wrong).toEqual([]);
  });

  it('over a line that is cut again and again', async () => {
    const { field, check } = await struck(DLT, 'line', { kind: 'drops-connection', every: 30 });
    await until(() => check.unread.length === 0);
    // Most cuts pass unseen: the line is back before anything is told.
    expect(field.sink.decoded.outcomes.every(({ reason }) => reason === 'line_down')).toBe(true);
    expect(field.field.lines.every(({ requests, replies }) => requests > replies)).toBe(true);
    expect(check.wrong).toEqual([]);
  });

  it('from a terminal that calls a second time without having hung up', async () => {
    const { field, check } = await struck(DIAL_IN, 'line', { kind: 'double-login' });
    await until(() => check.unread.length === 0);
    expect(check.wrong).toEqual([]);
    expect(field.field.lines.map(({ state }) => state)).toEqual(['up', 'up']);
  });
});

describe('a field says why there is no value', () => {
  it('of a curve that cannot be parsed, and reads the rest of the meter', async () => {
    const { field, check, meters } = await struck(DLT, 'meter', { kind: 'bad-profile' });
    await until(() => check.untold.length === 0);
    const { outcomes } = field.sink.decoded;
    expect(new Set(outcomes.map(({ task: id, meter }) => `${id} ${meter}`))).toEqual(
      new Set(meters.map((meter) => `profile ${meter}`)),
    );
    // A record without its time stamp is that of no slot.
    expect(outcomes.every(({ reason }) => reason === 'malformed' || reason === 'stale_freeze')).toBe(true);
    for (const meter of meters) {
      expect(outcomes.some((row) => row.meter === meter && row.reason === 'malformed')).toBe(true);
    }
    expect(check.unread.every((name) => meters.some((meter) => name.startsWith(`profile ${meter} `)))).toBe(true);
    expect(check.wrong).toEqual([]);
  });

  it('of meters behind a terminal that forwards nothing', async () => {
    const { field, check } = await struck(GDW376, 'line', { kind: 'ignores-forwards' }, IMPATIENCE_MS);
    await until(() => check.untold.length === 0);
    expect(field.sink.decoded.readings).toEqual([]);
    expect(new Set(field.sink.decoded.outcomes.map(({ reason }) => reason))).toEqual(new Set(['no_answer']));
    // One request found out for each meter; what else is due of it costs nothing.
    expect(field.field.lines.map(({ timeouts }) => timeouts)).toEqual([3, 2]);
  });

  it('of a freeze, for each way in which a meter can fail', async () => {
    const ways: readonly Setting[] = [
      { kind: 'dead' },
      { kind: 'noise', every: 1 },
      { kind: 'wrong-reply', as: 'address' },
      { kind: 'wrong-reply', as: 'item' },
      { kind: 'wrong-clock' },
      { kind: 'stale-freeze', dates: ['2026-11-19'] },
      { kind: 'no-freezes' },
    ];
    const lines = DLT.map((kind, i) => ({ kind, id: `L${i}`, customers: ways.length + 1, timing: QUICK }));
    const tasks = [task('freeze-day')];
    const field = await startSimField(
      { areas: [{ id: 'A1', lines, pvEvery: 0 }] },
      {
        tasks,
        now: NOW,
        timing: { replyTimeoutMs: IMPATIENCE_MS, byteGapMs: 50, quietMs: 10 },
        prepare: (world) => {
          for (const [i] of lines.entries()) {
            for (const [n, way] of ways.entries()) {
              const meter = meterId(1, i * (ways.length + 1) + n + 1);
              world.faults.put(`f${i}-${n}`, { ...way, target: { meter } }, NOW);
            }
          }
        },
      },
    );
    running = field;
    const check = new FieldCheck(field, tasks, NOW);
    await until(() => check.untold.length === 0);
    const { readings, outcomes } = field.sink.decoded;
    const told = new Map<string, string>(outcomes.map(({ meter, slot, reason }) => [`${meter} ${slot}`, reason]));
    for (const { meter, slot } of readings) told.set(`${meter} ${slot}`, 'answered');
    const expected = field.world.meters.flatMap((meter) =>
      MIDNIGHTS.map((midnight) => [`${meter.spec.id} ${midnight}`, expectedFreeze(meter, midnight)] as const),
    );
    expect(told).toEqual(new Map(expected));
    expect(check.wrong).toEqual([]);
  });
});
