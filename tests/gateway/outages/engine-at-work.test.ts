import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import type { Outage } from '#contract/outage.ts';
import { type Centre, envelope, NOW, outcomeBatch, powerDowns, readingBatch } from '../../support/centre.ts';
import { centresOf, type Place } from '../../support/centre-places.ts';
import { AREA, CUSTOMERS, MIN, told } from './at-work.ts';

const { start, place } = centresOf(AREA);
/** Supply is lost a quarter of an hour before the centre hears of it. */
const LOST_AT = NOW - 15 * MIN;

/** Voltage of phase A of single-phase meters, in their memory under the time `at`. */
function voltages(at: number, voltageV: number, ids: readonly string[]): Batch {
  return readingBatch(
    'profile',
    ['voltage_a_v'],
    ids.map((id) => [id, at, voltageV] as const),
  );
}

function supply(at: number, voltageV: number): Batch {
  const names = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;
  return readingBatch('profile', names, [['s', at, voltageV, voltageV, voltageV]]);
}

/** A centre of the area, and a way to hand it batches as envelopes of `epoch`. */
async function centreOf(
  at: Place,
  epoch = 'e1',
): Promise<{ centre: Centre; tell: (...batches: Batch[]) => Promise<void>; later: (ms: number) => Promise<void> }> {
  const centre = await start(at, { registry: AREA });
  let seq = (await centre.state.ledger.marks()).find((mark) => mark.epoch === epoch)?.upTo ?? 0;
  const tell = async (...batches: Batch[]): Promise<void> => {
    const count = batches.reduce((sum, { rows }) => sum + rows.length, 0);
    await centre.commit('c1', envelope(seq + 1, batches, { epoch }));
    seq += count;
  };
  const later = async (ms: number): Promise<void> => {
    await centre.clock.advance(ms);
    await centre.outages.tick();
  };
  return { centre, tell, later };
}

function outagesOf({ state }: Centre): Promise<Outage[]> {
  return state.outages.list({ limit: 99 });
}

const LOST: readonly Batch[] = [
  supply(LOST_AT, 0),
  powerDowns(...['m0', 'm1', 'm2'].map((id) => [id, LOST_AT, null] as const)),
];
const BACK_AT = NOW + 15 * MIN;
const BACK: readonly Batch[] = [supply(BACK_AT, 230), voltages(BACK_AT, 230, CUSTOMERS)];

describe('the outage engine at work', () => {
  it('stores an outage when supply is lost, and its end when supply is back, and tells both', async () => {
    const { centre, tell, later } = await centreOf(place());
    await tell(...LOST);
    const [lost, ...more] = await outagesOf(centre);
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ node: 'area', nodeId: 'a1', state: 'open', startedAt: LOST_AT, restoredAt: null });
    await later(16 * MIN);
    await tell(...BACK);
    const [back] = await outagesOf(centre);
    expect(back).toMatchObject({ id: lost?.id, state: 'restored', startedAt: LOST_AT });
    expect(back?.restoredAt).toBeLessThanOrEqual(BACK_AT + MIN);
    expect(back?.revision).toBeGreaterThan(lost?.revision ?? 0);
    const warnings = centre.logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings.filter((message) => message.startsWith('supply'))).toEqual(['supply is lost', 'supply is back']);
    const types = (await told(centre.state)).filter((event) => event.endsWith(lost?.id ?? '?'));
    expect(types.map((event) => event.split(' ')[0])).toEqual(['outage.opened.v1', 'outage.restored.v1']);
  });

  it('learns of an outage from the records of the meters alone, long after it', async () => {
    const { centre, tell } = await centreOf(place());
    const [from, to] = [NOW - 600 * MIN, NOW - 500 * MIN];
    await tell(powerDowns(...['m4', 'm5', 'm6'].map((id) => [id, from, to] as const)));
    expect(await outagesOf(centre)).toMatchObject([{ state: 'restored', startedAt: from, restoredAt: to }]);
    expect((await told(centre.state)).map((event) => event.split(' ')[0])).toEqual(['outage.restored.v1']);
  });

  it('never opens an outage for silence or a line that is down', async () => {
    const { centre, tell, later } = await centreOf(place());
    await tell(voltages(NOW - 30 * MIN, 230, CUSTOMERS));
    const at = NOW - MIN;
    await tell(
      outcomeBatch('profile', ...CUSTOMERS.slice(0, 15).map((meter) => ({ meter, slot: at, at }))),
      outcomeBatch(
        'profile',
        ...CUSTOMERS.slice(15).map((meter) => ({ meter, slot: at, at, reason: 'line_down' as const })),
      ),
    );
    await later(10 * MIN);
    const found = await outagesOf(centre);
    expect(found.filter(({ state }) => state === 'open' || state === 'restored')).toEqual([]);
    expect(await told(centre.state)).not.toContainEqual(expect.stringContaining('opened'));
  });

  it('goes on after a restart: the same evidence, in any order, opens nothing again', async () => {
    const at = place();
    const before = await centreOf(at);
    await before.tell(...LOST);
    await before.later(5000);
    await before.centre.stop();
    const known = await outagesOf(before.centre);
    expect(known).toHaveLength(1);
    const events = await told(before.centre.state);
    for (const [epoch, batches] of Object.entries({ e2: [...LOST], e3: LOST.toReversed() })) {
      const again = await centreOf(at, epoch);
      await again.tell(...batches);
      await again.later(5000);
      await again.centre.stop();
      expect(await outagesOf(again.centre), epoch).toEqual(known);
      expect(await told(again.centre.state), epoch).toEqual(events);
    }
  });

  it('sees the end of an open outage whose beginning it did not see', async () => {
    const at = place();
    const before = await centreOf(at);
    await before.tell(...LOST);
    const [known] = await outagesOf(before.centre);
    await before.centre.stop();
    const again = await centreOf(at);
    await again.later(16 * MIN);
    await again.tell(...BACK);
    expect(await outagesOf(again.centre)).toMatchObject([{ id: known?.id, state: 'restored' }]);
  });

  it('writes nothing while all is well', async () => {
    const { centre, tell } = await centreOf(place());
    await tell(supply(NOW - 15 * MIN, 230), voltages(NOW - 15 * MIN, 230, CUSTOMERS));
    expect(await centre.state.outages.supply()).toEqual([]);
    expect(await outagesOf(centre)).toEqual([]);
    expect(await told(centre.state)).toEqual([]);
  });
});
