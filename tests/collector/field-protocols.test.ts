import { afterEach, describe, expect, it } from 'vitest';
import type { DistrictPlan, LinePlan } from '../../simulators/district/build.ts';
import type { Model } from '../../simulators/world/spec.ts';
import type { World } from '../../simulators/world/world.ts';
import { FieldCheck } from '../support/field-check.ts';
import { at, task } from '../support/plan.ts';
import { type SimField, startSimField, until } from '../support/sim-field.ts';

/** Nine points of the day: more than one request may bring. */
const NOW = at('2026-11-20', '02:00:20');
const QUICK = { baudRate: null, replyDelayMs: [0, 1] } as const;
/** Nobody is silent here, so waiting for a busy machine costs nothing. */
const PATIENCE_MS = 5000;
const TASKS = [task('freeze-day'), task('profile'), task('instant'), task('event')];
const DLT: readonly Model[] = ['dlt645-1ph', 'dlt698-1ph', 'dlt645-1997-1ph', 'dlt698-3ph', 'dlt645-3ph'];

let running: SimField | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

/** Two hours without power the day before, so that there are events to read. */
function powerCut(world: World): void {
  const [from, until] = ['2026-11-19T03:00:00Z', '2026-11-19T05:00:00Z'];
  world.faults.put('cut', { kind: 'no-power', target: { area: 'A1' }, from, until }, NOW);
}

/** Reads a district until all that it owes at its start has a value or a reason. */
async function reading(
  lines: readonly LinePlan[],
  prepare = powerCut,
): Promise<{ field: SimField; check: FieldCheck }> {
  const plan: DistrictPlan = {
    areas: [{ id: 'A1', lines: lines.map((line) => ({ timing: QUICK, ...line })), pvEvery: 5 }],
  };
  const field = await startSimField(plan, { tasks: TASKS, now: NOW, prepare, timing: { replyTimeoutMs: PATIENCE_MS } });
  running = field;
  const check = new FieldCheck(field, TASKS, NOW);
  await until(() => check.untold.length === 0);
  return { field, check };
}

describe('a field reads exactly what the meters give', () => {
  it.each<[string, readonly LinePlan[]]>([
    [
      'of DL/T 698.45 meters, over TCP, a serial line and from a terminal that dials in',
      [
        { kind: 'dlt698-tcp', customers: 5 },
        { kind: 'dlt698-dial-in', customers: 3, models: ['dlt698-1ph', 'dlt698-3ph'] },
        { kind: 'dlt698-pty', customers: 1 },
      ],
    ],
    [
      'of meters behind a Q/GDW 376.1 terminal that is called, and of one that calls',
      [
        { kind: 'gdw376-tcp', customers: 5, models: DLT, terminal: { eventCounters: [79, 0] } },
        { kind: 'gdw376-dial-in', customers: 5, models: DLT },
      ],
    ],
    [
      'of the three DL/T protocols on one bus',
      [
        { kind: 'dlt645-tcp', customers: 5, models: DLT },
        { kind: 'dlt698-tcp', customers: 5, models: DLT },
        { kind: 'dlt645-pty', customers: 3, models: ['dlt645-1997-1ph', 'dlt698-1ph'] },
      ],
    ],
    [
      'of Modbus meters of every make',
      [
        { kind: 'modbus-tcp', customers: 5, models: ['dtsu666', 'iem3155', 'em24', 'sunspec-3ph'] },
        { kind: 'modbus-rtu-pty', customers: 4, models: ['dtsu666', 'iem3155', 'em24', 'sunspec-3ph'] },
        { kind: 'modbus-tcp', customers: 1, models: ['sunspec-3ph'], options: { sunspecFloats: true } },
      ],
    ],
  ])('%s', async (_, lines) => {
    const { field, check } = await reading(lines);
    expect(check.failures).toEqual([]);
    expect(check.unread).toEqual([]);
    expect(check.wrong).toEqual([]);
    expect(field.field.lines.map(({ state, timeouts }) => [state, timeouts])).toEqual(lines.map(() => ['up', 0]));
  });

  it('keeps to the single items, the freezes and the curves that a meter has, and names what it has not', async () => {
    const { field, check } = await reading([
      { id: 'L0', kind: 'dlt645-tcp', customers: 0 },
      { id: 'L1', kind: 'dlt645-tcp', customers: 4, models: DLT.slice(0, 4), options: { noLoadProfile: true } },
      { id: 'L2', kind: 'dlt645-tcp', customers: 4, models: DLT.slice(0, 4), options: { noFreezes: true } },
      { id: 'L3', kind: 'dlt645-tcp', customers: 5, models: DLT, options: { noBlocks: true } },
    ]);
    const keeps = (line: string): string[] =>
      field.plan.meters.filter((each) => each.line === line && !each.model.includes('1997')).map(({ id }) => id);
    expect(check.failures).toEqual(
      [
        ...keeps('L1').map((id) => `profile ${id} not_supported`),
        ...keeps('L2').map((id) => `freeze-day ${id} not_supported`),
      ].toSorted(),
    );
    expect(check.wrong).toEqual([]);
    // Every read other than those has its value.
    const unread = check.unread.map((name) => name.split(' ').slice(0, 2).join(' '));
    expect([...new Set(unread)].toSorted()).toEqual(check.failures.map((name) => name.replace(' not_supported', '')));
  });

  it('with the events of every kind that the model is read for, each once', async () => {
    const { field, check } = await reading([{ kind: 'dlt645-tcp', customers: 2, models: ['dlt645-3ph'] }], (world) => {
      powerCut(world);
      const target = { meter: world.spec.meters.at(-1)?.id ?? '' };
      const [from, until] = ['2026-11-18T03:00:00Z', '2026-11-18T04:00:00Z'];
      for (const kind of ['cover-open', 'voltage-loss', 'phase-lost'] as const) {
        world.faults.put(kind, { kind, target, from, until }, NOW);
      }
    });
    expect(check.failures).toEqual([]);
    expect(check.wrong).toEqual([]);
    const kinds = field.sink.decoded.events.filter(({ meter }) => meter === field.plan.meters.at(-1)?.id);
    expect(kinds.map(({ kind }) => kind).toSorted()).toEqual([
      'cover_open',
      'phase_loss_b',
      'power_down',
      'voltage_loss_b',
    ]);
  });
});
