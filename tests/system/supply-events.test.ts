import { afterEach, describe, expect, it } from 'vitest';
import type { EventRow } from '#contract/envelope.ts';
import type { LineKind } from '../../simulators/world/spec.ts';
import { task } from '../support/plan.ts';
import { type SimField, startSimField, until } from '../support/sim-field.ts';

let running: SimField | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const QUICK = { holdMs: 2000, bootMs: 100, backOffMs: [50, 200], confirmMs: 5000 } as const;

async function started(kind: LineKind): Promise<SimField> {
  const line = { id: 'L1', kind, customers: 12, concentrator: 'K1', terminal: QUICK };
  running = await startSimField(
    { areas: [{ id: 'A1', lines: [line] }] },
    { tasks: [task('instant')], timing: { replyTimeoutMs: 2000 } },
  );
  const { field } = running;
  await until(() => field.lines.every(({ state }) => state === 'up'));
  return running;
}

const secondNow = (): number => Math.floor(Date.now() / 1000) * 1000;
const told = ({ sink }: SimField, kind: EventRow['kind']): readonly EventRow[] =>
  sink.decoded.events.filter((event) => event.kind === kind);

describe.each(['gdw376-dial-in', 'gdw376-tcp', 'dlt698-dial-in'] as const)('a terminal on a %s line', (kind) => {
  // Minutes are all that ERC 14 keeps.
  const unit = kind === 'dlt698-dial-in' ? 1000 : 60_000;

  it('tells its last breath, and both times when it is back', { timeout: 40_000 }, async () => {
    const { world } = await started(kind);
    const field = running as SimField;
    const from = secondNow();
    world.faults.put('dark', { kind: 'no-power', target: { area: 'A1' }, from }, from);
    await until(() => told(field, 'terminal_power_down').length === 1);
    const [{ start = 0 } = {}] = told(field, 'terminal_power_down');
    // Of the minute that a Q/GDW 376.1 terminal names, the moment at which it said so is the best that is known.
    expect(Math.abs(start - from)).toBeLessThanOrEqual(kind === 'dlt698-dial-in' ? 0 : 2000);
    expect(told(field, 'terminal_power_down')).toMatchObject([{ meter: 'K1', end: null }]);
    await until(() => field.field.lines.every(({ state }) => state === 'down'));

    const back = secondNow() + 1000;
    world.faults.end('dark', back);
    await until(() => told(field, 'terminal_power_down').length === 2, 30_000);
    const end = Math.max(start, Math.floor(back / unit) * unit);
    expect(told(field, 'terminal_power_down')[1]).toMatchObject({ meter: 'K1', start, end });
  });

  it('whose last breath is lost tells only what was', { timeout: 40_000 }, async () => {
    const { world } = await started(kind);
    const field = running as SimField;
    const from = secondNow();
    world.faults.put('dark', { kind: 'no-power', target: { feeder: 'F1' }, from, gasp: false }, from);
    await until(() => field.field.lines.every(({ state }) => state === 'down'));
    expect(told(field, 'terminal_power_down')).toEqual([]);
    const back = secondNow() + 1000;
    world.faults.end('dark', back);
    // A line that was down looks again less and less often.
    await until(() => told(field, 'terminal_power_down').length === 1, 30_000);
    expect(told(field, 'terminal_power_down')[0]?.end).toBe(Math.floor(back / unit) * unit);
  });
});

it('meters of a box tell theirs through a DL/T 698.45 terminal that is not struck itself', async () => {
  const { world } = await started('dlt698-dial-in');
  const field = running as SimField;
  const box = world.spec.meters.filter((meter) => meter.box === 'X1').map(({ id }) => id);
  expect(box.length).toBeGreaterThan(2);
  const from = secondNow();
  world.faults.put('dark', { kind: 'no-power', target: { box: 'A1/X1' }, from }, from);
  await until(() => told(field, 'power_down').length >= box.length);
  expect(
    told(field, 'power_down')
      .map(({ meter, end }) => [meter, end])
      .toSorted(),
  ).toEqual(box.map((id) => [id, null]).toSorted());
  expect(told(field, 'terminal_power_down')).toEqual([]);
  expect(field.field.lines.map(({ state }) => state)).toEqual(['up']);
});
