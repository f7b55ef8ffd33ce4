import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import type { Outage } from '#contract/outage.ts';
import type { Registry } from '#contract/registry.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import { OutageWatch } from '../../../gateway/outages/outage-watch.ts';
import { outageSettings } from '../../../gateway/outages/settings.ts';
import {
  type Centre,
  envelope,
  instead,
  NOW,
  outcomeBatch,
  powerDowns,
  readingBatch,
  SLOT,
} from '../../support/centre.ts';
import { centresOf, type Place } from '../../support/centre-places.ts';
import { installation, meter, registry } from '../domain/site.ts';

const MIN = 60_000;
const CUSTOMERS = Array.from({ length: 30 }, (_, i) => `m${i}`);
const AREA: Registry = registry({
  meters: [meter('s', { role: 'supply', model: 'dlt645-3ph' }), ...CUSTOMERS.map((id) => meter(id))],
  installations: ['s', ...CUSTOMERS].map((id) => installation(id)),
});
const { start, open, place } = centresOf(AREA);

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
): Promise<{ centre: Centre; tell: (...batches: Batch[]) => Promise<void> }> {
  const centre = await start(at, { registry: AREA });
  let seq = (await centre.state.ledger.marks()).find((mark) => mark.epoch === epoch)?.upTo ?? 0;
  const tell = async (...batches: Batch[]): Promise<void> => {
    const count = batches.reduce((sum, { rows }) => sum + rows.length, 0);
    await centre.commit('c1', envelope(seq + 1, batches, { epoch }));
    seq += count;
  };
  return { centre, tell };
}

function outagesOf({ state }: Centre): Promise<Outage[]> {
  return state.outages.list({ limit: 99 });
}

const LOST: readonly Batch[] = [supply(SLOT, 0), voltages(SLOT, 0, ['m0', 'm1', 'm2'])];
const BACK: readonly Batch[] = [supply(SLOT + 30 * MIN, 230), voltages(SLOT + 30 * MIN, 230, CUSTOMERS)];

describe('the outage watch', () => {
  it('stores an outage when supply is lost, and its end when supply is back, and logs both', async () => {
    const { centre, tell } = await centreOf(place());
    await tell(...LOST);
    const [lost, ...more] = await outagesOf(centre);
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ node: 'area', nodeId: 'a1', startedAt: SLOT, restoredAt: null, revision: 1 });
    await tell(...BACK);
    const [back] = await outagesOf(centre);
    expect(back).toMatchObject({ id: lost?.id, startedAt: SLOT, restoredAt: SLOT + 30 * MIN });
    expect(back?.revision).toBeGreaterThan(1);
    const warnings = centre.logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual(['supply is lost', 'supply is back']);
    expect(warnings[0]?.fields).toMatchObject({ outage: lost?.id, nodeId: 'a1', meters: lost?.meters.length });
  });

  it('learns of an outage from the records of the meters alone, long after it', async () => {
    const { centre, tell } = await centreOf(place());
    await tell(powerDowns(...['m4', 'm5', 'm6'].map((id) => [id, SLOT - 300 * MIN, SLOT - 200 * MIN] as const)));
    expect(await outagesOf(centre)).toMatchObject([{ startedAt: SLOT - 300 * MIN, restoredAt: SLOT - 200 * MIN }]);
  });

  it('never makes an outage of silence or of a line that is down', async () => {
    const { centre, tell } = await centreOf(place());
    await tell(voltages(SLOT - 15 * MIN, 230, CUSTOMERS));
    await tell(
      outcomeBatch('profile', ...CUSTOMERS.slice(0, 15).map((id) => ({ meter: id }))),
      outcomeBatch('profile', ...CUSTOMERS.slice(15).map((id) => ({ meter: id, reason: 'line_down' as const }))),
    );
    expect(await outagesOf(centre)).toEqual([]);
  });

  it('believes no voltage that cannot occur', async () => {
    const { centre, tell } = await centreOf(place());
    await tell(...LOST);
    await tell(supply(SLOT + MIN, 6553));
    expect(await outagesOf(centre)).toMatchObject([{ restoredAt: null }]);
  });
});

describe('the outage watch after a restart', () => {
  it('goes on with an open outage: the same evidence does not open it again', async () => {
    const at = place();
    const before = await centreOf(at);
    await before.tell(...LOST);
    await before.tell(voltages(SLOT + 15 * MIN, 0, ['m3', 'm4']));
    const known = await outagesOf(before.centre);
    expect(known).toMatchObject([{ revision: 2 }]);
    await before.centre.stop();
    const again = await centreOf(at, 'e2');
    await again.tell(...LOST);
    expect(await outagesOf(again.centre)).toEqual(known);
  });

  it('sees the end of an open outage whose beginning it did not see', async () => {
    const at = place();
    const before = await centreOf(at);
    await before.tell(...LOST);
    const [known] = await outagesOf(before.centre);
    await before.centre.stop();
    const again = await centreOf(at);
    await again.tell(...BACK);
    expect(await outagesOf(again.centre)).toMatchObject([{ id: known?.id, restoredAt: SLOT + 30 * MIN }]);
  });

  it('does not reopen what is over when its evidence comes again, in any order', async () => {
    const at = place();
    const records = powerDowns(...['m4', 'm5', 'm6'].map((id) => [id, SLOT + 1000, SLOT + 29 * MIN] as const));
    const before = await centreOf(at);
    await before.tell(...LOST);
    await before.tell(...BACK);
    await before.tell(records);
    const known = await outagesOf(before.centre);
    expect(known).toMatchObject([{ restoredAt: expect.any(Number) }]);
    await before.centre.stop();

    for (const [epoch, batches] of Object.entries({ e2: [...LOST], e3: [...LOST, ...BACK], e4: [records, ...LOST] })) {
      const again = await centreOf(at, epoch);
      await again.tell(...batches);
      expect(await outagesOf(again.centre), epoch).toEqual(known);
      expect(again.centre.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
      await again.centre.stop();
    }
  });

  it('sees the next outage of the same area as another one', async () => {
    const at = place();
    const before = await centreOf(at);
    await before.tell(...LOST);
    await before.tell(...BACK);
    await before.centre.stop();
    const again = await centreOf(at);
    const next = SLOT + 90 * MIN;
    await again.tell(supply(next, 0), voltages(next, 0, ['m7', 'm8', 'm9']));
    expect(await outagesOf(again.centre)).toMatchObject([
      { startedAt: next, restoredAt: null },
      { startedAt: SLOT, restoredAt: SLOT + 30 * MIN },
    ]);
  });
});

/** What the ingest hands to the watch for batches of c1, judged against a registry. */
function judged(registered: Registry, ...batches: Batch[]): Judged {
  const arrival = arrivalOf('d1', 'c1', Buffer.from(envelope(1, batches)));
  return new Judge(new RegistryIndex(registered), []).judge([arrival], NOW + 15 * MIN);
}

describe('the area that the watch judges', () => {
  async function watchOver(registered: Registry) {
    const centre = await open(place(), { registry: registered });
    const { clock, logger, state } = centre;
    const parts = { store: state.outages, settings: DEFAULT_OUTAGE_SETTINGS, clock, logger };
    return { centre, watch: await OutageWatch.open({ ...parts, registry: new RegistryIndex(registered) }) };
  }

  it('loses a meter some minutes after its removal: what it still sends is no evidence', async () => {
    const removed = NOW + 5 * MIN;
    const installations = ['m0', 'm1', 'm2'].map((id) => installation(id, { to: id === 'm2' ? null : removed }));
    const { centre, watch } = await watchOver({ ...AREA, installations });
    await centre.clock.advance(11 * MIN);
    const at = NOW + 10 * MIN;
    await watch.watch(judged(AREA, powerDowns(['m0', at, null], ['m1', at, null])));
    expect(await outagesOf(centre)).toEqual([]);
    await watch.watch(judged(AREA, powerDowns(['m2', at, null])));
    expect(await outagesOf(centre)).toMatchObject([{ meters: ['m2'] }]);
  });

  it('is judged again when the store was busy, and nothing is forgotten', async () => {
    const centre = await open(place(), { registry: AREA });
    const { clock, logger, state } = centre;
    let busy = true;
    const store = instead(state.outages, 'save', (save) => async (outage) => {
      if (busy) throw new Error('busy');
      await save(outage);
    });
    const parts = { store, settings: DEFAULT_OUTAGE_SETTINGS, registry: new RegistryIndex(AREA), clock, logger };
    const watch = await OutageWatch.open(parts);
    await expect(watch.watch(judged(AREA, ...LOST))).rejects.toThrow('busy');
    busy = false;
    await watch.watch(judged(AREA, ...LOST));
    expect(await outagesOf(centre)).toMatchObject([{ startedAt: SLOT, revision: 1 }]);
  });
});

describe('the weights of evidence', () => {
  it('are the settings of the installation', () => {
    const settings = loadSettings({
      METERWAY_VOLTAGE_OFF_SHARE: '0.5',
      METERWAY_VOLTAGE_ON_SHARE: '0.9',
      METERWAY_OUTAGE_MIN_METERS: '7',
      METERWAY_OUTAGE_MIN_SHARE: '0.3',
      METERWAY_OUTAGE_WINDOW_S: '90',
    });
    expect(outageSettings(settings)).toEqual({
      offShare: 0.5,
      onShare: 0.9,
      minMeters: 7,
      minShare: 0.3,
      windowMs: 90_000,
      minDownMs: DEFAULT_OUTAGE_SETTINGS.minDownMs,
    });
  });

  it('are by default those of the domain', () => {
    expect(outageSettings(loadSettings({}))).toEqual(DEFAULT_OUTAGE_SETTINGS);
  });
});
