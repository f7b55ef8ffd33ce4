import { describe, expect, it } from 'vitest';
import { envelope, eventually, instead, QUARTER_MS, registers, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { settle } from '../../support/manual-clock.ts';
import { SITE } from './site.ts';

const { start, place } = centresOf(SITE);

/** Of one message. */
const ROWS = 500;

function messageOf(seq: number): string {
  return envelope(seq, [registers(['m1', SLOT + seq * QUARTER_MS, 5000 + seq])]);
}

/** Lets calls through one by one. */
class Gate {
  readonly #held: (() => void)[] = [];
  calls = 0;

  hold(): Promise<void> {
    this.calls += 1;
    return new Promise((resolve) => this.#held.push(resolve));
  }

  open(): void {
    this.#held.shift()?.();
  }
}

describe('the steps of the ingest', () => {
  it('work side by side: readings of the next group are written while the ledger takes the one before', async () => {
    const ledger = new Gate();
    const steps: string[] = [];
    let written = 0;
    const centre = await start(place(), {
      throughReadings: (store) =>
        instead(store, 'write', (write) => async (batches) => {
          steps.push(`write ${batches[0]?.rows[0]?.values[0]}`);
          const result = await write(batches);
          written += 1;
          return result;
        }),
      throughLedger: (store) =>
        instead(store, 'commit', (commit) => async (changes) => {
          steps.push(`commit up to ${changes.marks[0]?.upTo}`);
          await ledger.hold();
          await commit(changes);
        }),
    });
    await centre.receive('c1', messageOf(1));
    await eventually(() => ledger.calls === 1);
    await centre.receive('c1', messageOf(2));
    await eventually(() => steps.length === 3);
    await centre.receive('c1', messageOf(3));
    await eventually(() => written === 3);
    await settle();
    expect(steps).toEqual(['write 5001', 'commit up to 1', 'write 5002', 'write 5003']);
    expect(centre.acks).toEqual([]);
    ledger.open();
    await eventually(() => ledger.calls === 2);
    expect(centre.acks.map(({ ack }) => ack.upTo)).toEqual([1]);
    ledger.open();
    await eventually(() => centre.acks.length === 2);
    // What was written while the ledger was busy went into one commit.
    expect(centre.acks.map(({ ack }) => ack.upTo)).toEqual([1, 3]);
    expect(await centre.state.ledger.baselines()).toMatchObject([{ importWh: 5003 }]);
  });

  it('hold no more than a few groups, however long a store takes', async () => {
    const readings = new Gate();
    const centre = await start(place(), {
      throughReadings: (store) =>
        instead(store, 'write', (write) => async (batches) => {
          await readings.hold();
          return write(batches);
        }),
    });
    const rows = Array.from({ length: ROWS }, (_, i) => ['m1', SLOT - i * QUARTER_MS, 5000] as const);
    for (let n = 0; n < 25; n++) {
      await centre.receive('c1', envelope(1 + n * ROWS, [registers(...rows)]));
      await settle();
    }
    // One message is being written and one group of nine waits for that; all others are still in the inbox.
    expect(readings.calls).toBe(1);
    expect(centre.ingest.waitingRows).toBe(15 * (1 + ROWS));
    while (centre.acks.at(-1)?.ack.upTo !== 25 * ROWS) {
      readings.open();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('take an envelope that comes again while it is on its way for what it is, and ack it when it is stored', async () => {
    const ledger = new Gate();
    const centre = await start(place(), {
      throughLedger: (store) =>
        instead(store, 'commit', (commit) => async (changes) => {
          await ledger.hold();
          await commit(changes);
        }),
    });
    await centre.receive('c1', messageOf(1));
    await eventually(() => ledger.calls === 1);
    await centre.receive('c1', messageOf(1));
    await settle();
    expect(centre.acks).toEqual([]);
    ledger.open();
    await eventually(() => ledger.calls === 2);
    ledger.open();
    await eventually(() => centre.acks.length === 2);
    expect(centre.acks.map(({ ack }) => ack.upTo)).toEqual([1, 1]);
    expect(centre.counted).toMatchObject({ committed: 1, repeated: 0 });
  });

  it('all end when one of them fails for good, and nothing that follows is acked', async () => {
    const centre = await start(place(), {
      throughLedger: (store) =>
        instead(store, 'commit', () => async () => {
          throw new Error('disk I/O error');
        }),
    });
    await centre.receive('c1', messageOf(1));
    await eventually(() => centre.failure !== null);
    await centre.receive('c1', messageOf(2));
    await settle();
    expect(centre.acks).toEqual([]);
    expect(await centre.readings.ofMeter('profile', 'm1', [SLOT + 2 * QUARTER_MS])).toEqual([]);
  });
});
