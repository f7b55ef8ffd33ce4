import { expect, it } from 'vitest';
import type { EventRow } from '#contract/envelope.ts';
import type { PlanMeter } from '#contract/plan.ts';
import { SupplyTeller } from '../../../collector/lines/supply-teller.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const METER = { id: 'm1', address: '000000000042' } as PlanMeter;

function bench(concentrator: string | null = 'k1') {
  const kept: EventRow[] = [];
  const logger = quietLogger();
  const teller = new SupplyTeller({
    line: { id: 'l1', concentrator },
    meters: [METER],
    zone: 'Asia/Shanghai',
    clock: { now: () => 99 },
    logger,
    keep: async (rows) => void kept.push(...rows),
  });
  return { teller, kept, logger };
}

it('names the concentrator of the line and its meters as the plan does, whatever zeros stand before the address', async () => {
  const { teller, kept } = bench();
  await teller.tell([
    { meter: null, start: 1, end: null },
    { meter: '42', start: 2, end: 3 },
    { meter: '0000000000000042', start: 4, end: null },
  ]);
  expect(kept).toEqual([
    { meter: 'k1', kind: 'terminal_power_down', start: 1, end: null, readAt: 99 },
    { meter: 'm1', kind: 'power_down', start: 2, end: 3, readAt: 99 },
    { meter: 'm1', kind: 'power_down', start: 4, end: null, readAt: 99 },
  ]);
});

it('lets go what nobody in the plan is called, and says so', async () => {
  const { teller, kept, logger } = bench(null);
  await teller.tell([
    { meter: null, start: 1, end: null },
    { meter: '43', start: 2, end: 3 },
  ]);
  expect(kept).toEqual([]);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
});
