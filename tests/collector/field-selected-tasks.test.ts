import { afterEach, describe, expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { buildGrid, slotStateOf } from '#domain/collection/slot-grid.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { meterId } from '../../simulators/district/build.ts';
import { differences } from '../support/oracle.ts';
import { at, task, ZONE } from '../support/plan.ts';
import { type SimField, startSimField, until } from '../support/sim-field.ts';

const NOW = at('2026-11-20', '01:05:00');
/** Half hours of all, quarter hours of customers with a transformer of their own. */
const USUAL = task('profile', { calendar: { everyS: 1800 } });
const FINE: Task = task('profile', { id: 'fine', for: { categories: ['dedicated'] } });
const MILL = meterId(1, 1);

let running: SimField | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

describe('a customer with a task of its own', () => {
  it('is read by both grids and owed both by the centre; the others are read and owed the usual one', async () => {
    const quick = { baudRate: null, replyDelayMs: [0, 1] } as const;
    const customers = new Map([[1, { category: 'dedicated', contractKw: 50 } as const]]);
    running = await startSimField(
      { areas: [{ id: 'A1', lines: [{ kind: 'dlt645-tcp', customers: 2, id: 'L1', timing: quick }], customers }] },
      { tasks: [USUAL, FINE], now: NOW },
    );
    const { world, sink, plan, registry } = running;
    const owed = plan.meters.length * 3 + 5;
    await until(() => sink.decoded.readings.length >= owed);
    const { readings, outcomes } = sink.decoded;
    expect(outcomes).toEqual([]);
    expect(readings).toHaveLength(owed);
    const fine = readings.filter((held) => held.task === 'fine');
    expect(fine.map(({ meter, slot }) => `${meter} ${isoLocal(ZONE, slot).slice(11, 16)}`).sort()).toEqual(
      ['00:00', '00:15', '00:30', '00:45', '01:00'].map((time) => `${MILL} ${time}`),
    );
    expect(fine.flatMap((held) => differences(world, FINE, held))).toEqual([]);

    const index = new RegistryIndex(registry);
    const meters = [...index.meters()];
    for (const each of [USUAL, FINE]) {
      const came = readings.filter((held) => held.task === each.id);
      const marks = came.map(({ meter, slot }) => ({ meter, slot, readAt: NOW, quality: 'valid' as const }));
      const grid = buildGrid({
        ...{ registry: index, meters, task: each, zone: ZONE, date: '2026-11-20', now: NOW, marks, failures: [] },
      });
      expect(grid.owed).toBe(came.length);
      expect(came.every(({ meter, slot }) => slotStateOf(grid, meter, slot)?.state === 'answered')).toBe(true);
    }
    expect(index.account(index.accountAt(MILL, NOW)?.no ?? '')?.contractKw).toBe(50);
  });
});
