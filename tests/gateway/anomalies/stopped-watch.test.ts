import { describe, expect, it } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import type { Batch } from '#contract/envelope.ts';
import type { Registry } from '#contract/registry.ts';
import { MeterwayError } from '#platform/errors.ts';
import { type Centre, envelope, eventually, QUARTER_MS, SLOT } from '../../support/centre.ts';
import { centresOf, type Place } from '../../support/centre-places.ts';
import { installation, meter, registry } from '../domain/site.ts';
import { curve, type Point, still } from './curve.ts';

const SITE: Registry = registry({
  meters: [meter('m1'), meter('m2')],
  installations: [installation('m1'), installation('m2')],
});
const { start, place } = centresOf(SITE);
const HOUR = 3_600_000;

/** A centre just started at the time of point `quarter`, and a way to hand it points. */
async function restartedAt(at: Place, quarter: number, epoch = 'e1') {
  const centre = await start(at, { registry: SITE, now: SLOT + quarter * QUARTER_MS + 60_000 });
  let seq = (await centre.state.ledger.marks()).find((mark) => mark.epoch === epoch)?.upTo ?? 0;
  const tell = async (...batches: Batch[]): Promise<void> => {
    await centre.commit('c1', envelope(seq + 1, batches, { epoch }));
    seq += batches.reduce((sum, { rows }) => sum + rows.length, 0);
  };
  return { centre, tell };
}

/** The same once every curve was looked at. */
async function centreAt(at: Place, quarter: number) {
  const started = await restartedAt(at, quarter);
  await started.centre.stopped.judgeAgain();
  return started;
}

function anomaliesOf({ state }: Centre): Promise<Anomaly[]> {
  return state.anomalies.list({ limit: 99 });
}

/** Holds back what the store says of a meter's curve until it is released. */
function held({ readings }: Centre, asked: (meter: string) => void = () => {}): () => void {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ofMeter = readings.ofMeter.bind(readings);
  readings.ofMeter = async (task, id, slots) => {
    asked(id);
    const points = await ofMeter(task, id, slots);
    await released;
    return points;
  };
  return release;
}

const STOPPED = still(0, 4);
const RUNNING: readonly Point[] = [[4, 5250, 1000]];

describe('the watch over stopped meters', () => {
  it('stores what it finds and when it is over, and logs both', async () => {
    const { centre, tell } = await centreAt(place(), 4);
    await tell(curve(STOPPED));
    const [found] = await anomaliesOf(centre);
    expect(found).toMatchObject({ rule: 'stopped_meter', meter: 'm1', from: SLOT, closedAt: null });
    expect(found?.facts).toMatchObject({ registerWh: 5000, minWh: 400 });
    await tell(curve(RUNNING));
    expect(await anomaliesOf(centre)).toMatchObject([{ id: found?.id, closedAt: SLOT + 4 * QUARTER_MS }]);
    expect(centre.logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'abnormal use found',
      'abnormal use ended',
    ]);
  });

  it('keeps the meters apart', async () => {
    const { centre, tell } = await centreAt(place(), 4);
    await tell(curve(still(0, 2)), curve(still(2, 4), 'm2'));
    expect(await anomaliesOf(centre)).toEqual([]);
    await tell(curve(still(4, 6), 'm2'));
    expect(await anomaliesOf(centre)).toMatchObject([{ meter: 'm2' }]);
  });

  it('takes no other task, and no suspect point', async () => {
    const at = place();
    const { centre, tell } = await centreAt(at, 9);
    const instants = STOPPED.map(([quarter, importWh, powerW]) => [quarter, importWh, powerW] as const);
    await tell(curve(instants, 'm1', 'instant'));
    await tell(curve(STOPPED.map(([quarter, importWh]) => [quarter, importWh, 90_000])));
    expect(await centre.readings.ofMeter('profile', 'm1', [SLOT])).toMatchObject([{ quality: 'suspect' }]);
    expect(await anomaliesOf(centre)).toEqual([]);
    await centre.stop();
    const after = await centreAt(at, 9);
    expect(await anomaliesOf(after.centre)).toEqual([]);
  });

  it('judges a curve again when its gaps are filled', async () => {
    const { centre, tell } = await centreAt(place(), 9);
    await tell(curve([...still(0, 1), ...still(8, 9)]));
    expect(await anomaliesOf(centre)).toEqual([]);
    await tell(curve(still(1, 8)));
    expect(await anomaliesOf(centre)).toEqual([]);
    await centre.stopped.judgeAgain();
    expect(await anomaliesOf(centre)).toMatchObject([{ meter: 'm1', from: SLOT, closedAt: null }]);
  });

  it('does so for a hundred meters at a time, so that the ingest is not held up', async () => {
    const ids = Array.from({ length: 130 }, (_, i) => `m${i}`);
    const many = registry({ meters: ids.map((id) => meter(id)), installations: ids.map((id) => installation(id)) });
    const asked: string[] = [];
    const centre = await start(place(), { registry: many });
    const readings = centre.readings;
    const ofMeter = readings.ofMeter.bind(readings);
    readings.ofMeter = (task, id, slots) => {
      asked.push(id);
      return ofMeter(task, id, slots);
    };
    await centre.stopped.judgeAgain();
    expect(asked).toHaveLength(100);
    await centre.stopped.judgeAgain();
    expect([...asked].sort()).toEqual([...ids].sort());
    await centre.stopped.judgeAgain();
    expect(asked).toHaveLength(130);
  });
});

describe('a curve that is judged again', () => {
  const busy = new MeterwayError('cannot use the store: it is locked', { code: 'store_busy', next: 'retry' });

  it('loses no point that comes meanwhile', async () => {
    const { centre, tell } = await centreAt(place(), 6);
    await tell(curve([[0, 5000, 1000], ...still(2, 4)]));
    await tell(curve(still(1, 2)));
    const release = held(centre);
    const judging = centre.stopped.judgeAgain();
    const telling = tell(curve([[4, 5250, 1000]]), curve(still(4, 5, 9000), 'm2'));
    await eventually(async () => (await centre.readings.ofSlot('profile', SLOT + 4 * QUARTER_MS, ['m1'])).length === 1);
    release();
    await Promise.all([judging, telling]);
    await tell(curve([[5, 5500, 1000]]));
    expect(await anomaliesOf(centre)).toMatchObject([{ from: SLOT, closedAt: SLOT + 4 * QUARTER_MS }]);
  });

  it('waits for its store when that is busy, and the process goes on', async () => {
    const { centre, tell } = await centreAt(place(), 9);
    await tell(curve([...still(0, 1), ...still(8, 9)]), curve(still(1, 8)));
    const ofMeter = centre.readings.ofMeter.bind(centre.readings);
    centre.readings.ofMeter = () => Promise.reject(busy);
    await centre.stopped.judgeAgain();
    expect(await anomaliesOf(centre)).toEqual([]);
    centre.readings.ofMeter = ofMeter;
    await centre.stopped.judgeAgain();
    expect(await anomaliesOf(centre)).toMatchObject([{ meter: 'm1' }]);
  });

  it('is the last one once the watch is to stop, so that the stores can close', async () => {
    const { centre } = await restartedAt(place(), 9);
    const asked: string[] = [];
    const release = held(centre, (id) => void asked.push(id));
    const judging = centre.stopped.judgeAgain();
    await eventually(() => asked.length === 1);
    const stopping = centre.stopped.stop();
    release();
    await Promise.all([stopping, judging]);
    expect(asked).toEqual(['m1']);
  });
});

describe('the watch over stopped meters after a restart', () => {
  it('finds in the stored points what it was about to find', async () => {
    const at = place();
    const before = await centreAt(at, 1);
    await before.tell(curve(still(0, 2)));
    await before.centre.stop();
    const after = await restartedAt(at, 2);
    await after.centre.stopped.judgeAgain();
    await after.tell(curve(still(2, 3)));
    expect(await anomaliesOf(after.centre)).toMatchObject([{ from: SLOT, openedAt: SLOT + 2 * QUARTER_MS }]);
  });

  it('goes on with what is open, and sees its end', async () => {
    const at = place();
    const before = await centreAt(at, 3);
    await before.tell(curve(STOPPED));
    const known = await anomaliesOf(before.centre);
    await before.centre.stop();
    const after = await restartedAt(at, 4);
    await after.centre.stopped.judgeAgain();
    expect(await anomaliesOf(after.centre)).toEqual(known);
    await after.tell(curve(RUNNING));
    expect(await anomaliesOf(after.centre)).toMatchObject([{ id: known[0]?.id, closedAt: SLOT + 4 * QUARTER_MS }]);
  });

  it('goes on with what has been open for longer than the points that are looked at', async () => {
    const at = place();
    const before = await centreAt(at, 112);
    await before.tell(curve(still(0, 112)));
    const [known] = await anomaliesOf(before.centre);
    await before.centre.stop();
    const after = await restartedAt(at, 112);
    await after.centre.stopped.judgeAgain();
    await after.tell(curve([[112, 5250, 1000]]));
    expect(await anomaliesOf(after.centre)).toMatchObject([{ id: known?.id, from: SLOT, closedAt: SLOT + 28 * HOUR }]);
  });

  it('sees the end of what is open also when it comes before the stored points were judged again', async () => {
    const at = place();
    const before = await centreAt(at, 3);
    await before.tell(curve(STOPPED));
    await before.centre.stop();
    const after = await restartedAt(at, 4);
    await after.tell(curve(RUNNING));
    await after.centre.stopped.judgeAgain();
    expect(await anomaliesOf(after.centre)).toMatchObject([{ closedAt: SLOT + 4 * QUARTER_MS }]);
  });

  it('leaves what is over as it is, also when some of its points come again', async () => {
    const at = place();
    const before = await centreAt(at, 4);
    await before.tell(curve([...STOPPED, ...RUNNING]));
    const known = await anomaliesOf(before.centre);
    expect(known).toMatchObject([{ closedAt: SLOT + 4 * QUARTER_MS }]);
    await before.centre.stop();
    const after = await restartedAt(at, 5, 'e2');
    await after.tell(curve([...STOPPED.slice(1), ...RUNNING]));
    await after.centre.stopped.judgeAgain();
    expect(await anomaliesOf(after.centre)).toEqual(known);
    expect(after.centre.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it.each([
    ['for longer than the points that are looked at', 29],
    ['and ended half a day ago', 40],
  ])('does not find a second time what went on %s', async (_what, hours) => {
    const at = place();
    const before = await centreAt(at, 29 * 4);
    await before.tell(curve([...still(0, 112), [112, 5250, 1000]]));
    const known = await anomaliesOf(before.centre);
    expect(known).toMatchObject([{ from: SLOT, closedAt: SLOT + 28 * HOUR }]);
    await before.centre.stop();
    const after = await restartedAt(at, hours * 4);
    await after.centre.stopped.judgeAgain();
    expect(await anomaliesOf(after.centre)).toEqual(known);
  });
});
