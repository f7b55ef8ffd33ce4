import { afterEach, describe, expect, it } from 'vitest';
import { expectedDayFreeze } from '../../simulators/district/scenario.ts';
import { audit, worldOf } from '../support/audit.ts';
import { at } from '../support/plan.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, Standalone } from '../support/standalone.ts';

interface Row {
  readonly meter: string;
  readonly energyImportWh: number | null;
  readonly quality: string;
  readonly reason: string | null;
}

const NOW = ['2026-11-19', '23:59:15'] as const;
const NEW_DAY = '2026-11-20';
/** The first pass over meters that freeze by themselves begins at 00:05 and takes under a minute. */
const FIRST_PASS_DONE = at(NEW_DAY, '00:06:30');

let running: Standalone | null = null;
afterEach(async () => {
  await running?.clean();
  running = null;
});

/** Rows of the billing read by meter. */
async function billingRows(standalone: Standalone): Promise<Map<string, Row>> {
  const text = await standalone.text(`/billing/reads?date=${NEW_DAY}&format=ndjson`);
  const rows = (text ?? '').trim().split('\n').filter(Boolean);
  return new Map(rows.map((line) => JSON.parse(line) as Row).map((row) => [row.meter, row]));
}

describe('a night', () => {
  it('gives every meter that answers its freeze of midnight in the first pass: from its memory, or else at the moment itself', async () => {
    const env = simulatedNow(...NOW);
    const now = (): number => Date.now() + Number(env['METERWAY_CLOCK_OFFSET_MS']);
    running = await Standalone.start({ env });
    await eventually('the first pass is over', 560_000, () => now() > FIRST_PASS_DONE);
    const world = worldOf(running.dataDir);
    // An area is without power that night; whoever is silent gets a reason of its own.
    const lit = world.meters.filter(({ spec }) => spec.area !== 'A3' && spec.role === 'customer');
    const expected = new Map(
      lit.map((meter) => [meter.spec.id, expectedDayFreeze(meter, at(NEW_DAY), FIRST_PASS_DONE)] as const),
    );
    const wanted = lit.filter(({ spec, protocol, faults }) => {
      const isDead = faults.some(({ kind }) => kind === 'dead' || kind === 'concentrator-offline');
      return protocol === 'modbus' ? !isDead : expected.get(spec.id) === 'answered';
    });
    expect(new Set(wanted.map(({ protocol }) => protocol))).toEqual(new Set(['dlt645', 'modbus']));

    const bad = (rows: Map<string, Row>): string[] =>
      wanted.flatMap(({ spec: { id } }) => {
        const row = rows.get(id);
        return row?.quality === 'valid' && row.energyImportWh !== null ? [] : [`${id} ${row?.quality} ${row?.reason}`];
      });
    const left = await eventually('no meter is left', 60_000, async () => {
      const rows = running ? await billingRows(running) : new Map<string, Row>();
      return bad(rows).length === 0 ? rows : null;
    }).catch(async () => (running ? billingRows(running) : new Map<string, Row>()));
    expect(bad(left)).toEqual([]);
    const summary = await running.get<{
      total: { answeredFirst: number; answeredRetry: number; answeredLate: number };
    }>(`/collection/summary?date=${NEW_DAY}`);
    expect(summary?.total.answeredFirst).toBeGreaterThanOrEqual(wanted.length);
    expect(summary?.total).toMatchObject({ answeredRetry: 0, answeredLate: 0 });

    const { dataDir } = running;
    await running.stop();
    const found = await audit(dataDir, world, now());
    expect(found).toMatchObject({ invented: [], lost: [], quarantined: [] });
  }, 720_000);
});
