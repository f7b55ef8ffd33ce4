import { describe, expect, it } from 'vitest';
import {
  type Centre,
  envelope,
  eventually,
  instead,
  outcomeBatch,
  powerDowns,
  QUARTER_MS,
  registers,
  SLOT,
} from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { SITE } from './site.ts';

const { start, open, place } = centresOf(SITE);
const METERS = ['m1', 'm2', 'm3'];

function valuesOf(centre: Centre, id: string): Promise<unknown[]> {
  const slots = [SLOT, SLOT + QUARTER_MS];
  return centre.readings.ofMeter('profile', id, slots).then((all) => all.map(({ values }) => values.energy_import_wh));
}

describe('an envelope', () => {
  it('is acked after readings, detectors and ledger, in this order', async () => {
    const steps: string[] = [];
    const centre = await start(place(), {
      throughReadings: (store) =>
        instead(store, 'write', (write) => async (batches) => {
          const written = await write(batches);
          steps.push('readings');
          return written;
        }),
      throughLedger: (store) =>
        instead(store, 'commit', (commit) => async (changes) => {
          steps.push(`ledger begins with ${centre.acks.length} acks`);
          await commit(changes);
          steps.push(`ledger ends with ${centre.acks.length} acks`);
        }),
      watchers: [{ watch: async ({ taken }) => void steps.push(`watcher sees ${taken.length}`) }],
    });
    await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    expect(steps).toEqual(['readings', 'watcher sees 1', 'ledger begins with 0 acks', 'ledger ends with 0 acks']);
    expect(centre.acks).toEqual([{ to: 'd1/c1', ack: { v: 1, epoch: 'e1', upTo: 1, seen: 1, gaps: [] } }]);
  });

  it('brings readings, failures and events into the stores', async () => {
    const centre = await start();
    const batches = [
      registers(['m1', SLOT, 5000]),
      outcomeBatch('profile', { meter: 'm2' }),
      powerDowns(['m3', SLOT, null]),
    ];
    expect(await centre.commit('c1', envelope(1, batches))).toMatchObject({ upTo: 3, gaps: [] });
    expect(await centre.readings.ofSlot('profile', SLOT, METERS)).toMatchObject([
      { meter: 'm1', slot: SLOT, readAt: SLOT + 20_000, quality: 'valid', values: { energy_import_wh: 5000 } },
    ]);
    expect(await centre.state.ledger.outcomes('profile', [SLOT])).toMatchObject([{ meter: 'm2', reason: 'no_answer' }]);
    expect(await centre.state.ledger.eventsOfMeter('m3', SLOT, SLOT + 1)).toMatchObject([{ start: SLOT, end: null }]);
    expect(centre.counted).toMatchObject({ committed: 3, repeated: 0, quarantined: 0 });
  });

  it('that comes again changes nothing and is acked again', async () => {
    const centre = await start();
    const message = envelope(1, [
      registers(['m1', SLOT, 5000], ['m9', SLOT, 1]),
      outcomeBatch('profile', { meter: 'm2' }),
    ]);
    const first = await centre.commit('c1', message);
    const quarantine = await centre.state.ledger.quarantine(9);
    expect(await centre.commit('c1', message)).toEqual(first);
    expect(centre.counted).toEqual({ committed: 2, repeated: 0, quarantined: 1, turnedAway: 0, lost: 0 });
    expect(await valuesOf(centre, 'm1')).toEqual([5000]);
    expect(await centre.state.ledger.quarantine(9)).toEqual(quarantine);
  });

  it('that comes again after a restart is recognised by the stored mark', async () => {
    const at = place();
    const before = await start(at);
    const message = envelope(1, [registers(['m1', SLOT, 5000])]);
    const ack = await before.commit('c1', message);
    await before.stop();
    await at.close();
    const after = await start(at);
    expect(await after.commit('c1', message)).toEqual(ack);
    expect(after.counted).toMatchObject({ committed: 0, repeated: 0 });
  });

  it('that brings a row under a new number, as after a lost spool, stores it once', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    const ack = await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])], { epoch: 'e2' }));
    expect(ack).toEqual({ v: 1, epoch: 'e2', upTo: 1, seen: 1, gaps: [] });
    expect(centre.counted).toMatchObject({ committed: 1, repeated: 1 });
    expect(await valuesOf(centre, 'm1')).toEqual([5000]);
  });

  it('twice in one commit counts once', async () => {
    const centre = await open();
    const message = envelope(1, [registers(['m1', SLOT, 5000])]);
    await centre.receive('c1', message);
    await centre.receive('c1', message);
    centre.run();
    await eventually(() => centre.acks.length > 0);
    expect(centre.acks).toHaveLength(1);
    expect(await valuesOf(centre, 'm1')).toEqual([5000]);
    expect(await centre.state.ledger.quarantineCounts()).toEqual([]);
  });

  it('that is missing is named as a gap until it comes', async () => {
    const centre = await start();
    const [first, second] = [registers(['m1', SLOT, 5000]), registers(['m1', SLOT + QUARTER_MS, 5010])];
    expect(await centre.commit('c1', envelope(2, [second]))).toMatchObject({ upTo: 0, seen: 2, gaps: [[1, 1]] });
    expect(await centre.commit('c1', envelope(1, [first]))).toMatchObject({ upTo: 2, seen: 2, gaps: [] });
    expect(await valuesOf(centre, 'm1')).toEqual([5000, 5010]);
  });

  it('that begins behind what this centre knows is taken, and what lies between is counted and told as lost', async () => {
    const centre = await start();
    const ack = await centre.commit('c1', envelope(41, [registers(['m1', SLOT, 5000])], { oldest: 41 }));
    expect(ack).toMatchObject({ upTo: 41, gaps: [] });
    expect(centre.counted.lost).toBe(40);
    expect(centre.logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { collector: 'c1', records: 40 } },
    ]);
  });

  it('belongs to the collector of its topic: each has numbers of its own', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    await centre.commit('c2', envelope(1, [registers(['x1', SLOT, 7000])]));
    expect(centre.acks.map(({ to, ack }) => [to, ack.upTo])).toEqual([
      ['d1/c1', 1],
      ['d1/c2', 1],
    ]);
    expect(await valuesOf(centre, 'x1')).toEqual([7000]);
  });

  it('on any other topic is not looked at', async () => {
    const centre = await start();
    const bytes = Buffer.from(envelope(1, [registers(['m1', SLOT, 5000])]));
    for (const name of ['meterway/v1/d1/c1/up/status', 'meterway/v1/d1/c 1/up/rows', 'other/v1/d1/c1/up/rows']) {
      await centre.ingest.receive(name, bytes);
    }
    expect(centre.ingest.waitingRows).toBe(0);
    await centre.commit('c1', envelope(1, [registers(['m2', SLOT, 5000])]));
    expect(centre.acks).toHaveLength(1);
    expect(await valuesOf(centre, 'm1')).toEqual([]);
  });
});
