import { describe, expect, it } from 'vitest';
import { MAX_ENVELOPE_BYTES } from '#contract/envelope.ts';
import { envelope, eventually, outcomeBatch, powerDowns, readingBatch, registers, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { SITE } from './site.ts';

const { start, open, place } = centresOf(SITE);
const GOOD = registers(['m1', SLOT, 5000]);

/** A sound envelope in which something is replaced. */
function spoilt(seq: number, from: string, to: string): string {
  const text = envelope(seq, [GOOD]);
  if (!text.includes(from)) throw new Error(`${from} does not stand in ${text}`);
  return text.replace(from, to);
}

describe('a message that is no envelope', () => {
  it('is kept to the character with its reason and its sender, and the next envelope is taken', async () => {
    const centre = await start();
    const message = '\uFEFF{"v":1,"epoch":"e1", 不是 JSON \u0000';
    await centre.receive('c1', message);
    expect(await centre.commit('c1', envelope(1, [GOOD]))).toMatchObject({ upTo: 1 });
    expect(await centre.state.ledger.quarantine(9)).toEqual([
      {
        at: centre.clock.now(),
        collector: 'c1',
        epoch: '',
        seq: 0,
        kind: 'envelope',
        why: expect.stringMatching(/^not JSON/),
        content: message,
      },
    ]);
    expect(centre.acks).toHaveLength(1);
  });

  it('and no text either is kept in hexadecimal', async () => {
    const centre = await start();
    await centre.receive('c1', Buffer.from([0x7b, 0xff, 0x00, 0x80]));
    await eventually(() => centre.counted.quarantined === 1);
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([{ content: '7bff0080' }]);
  });

  it('is one entry however often it comes', async () => {
    const centre = await start();
    for (let i = 1; i <= 3; i++) {
      await centre.receive('c1', 'nonsense');
      await eventually(() => centre.counted.quarantined === i);
    }
    expect(await centre.state.ledger.quarantineCounts()).toEqual([{ kind: 'envelope', count: 1 }]);
  });

  it.each([
    ['names a quantity of another version', '"energy_import_wh"', '"energy_of_tomorrow"', /energy_of_tomorrow/],
    ['has columns in another order', '"meter","slot"', '"slot","meter"', /columns/],
    ['has a batch of an unknown stream', '"reading"', '"weather"', /batches\/0\/stream/],
  ])('but says which records it holds is kept whole and acked: one that %s', async (_what, from, to, why) => {
    const centre = await start();
    const message = spoilt(1, from, to);
    expect(await centre.commit('c1', message)).toEqual({ v: 1, epoch: 'e1', upTo: 1, seen: 1, gaps: [] });
    expect(await centre.commit('c1', message)).toMatchObject({ upTo: 1 });
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([
      { collector: 'c1', epoch: 'e1', seq: 1, kind: 'envelope', why: expect.stringMatching(why), content: message },
    ]);
    expect(await centre.commit('c1', envelope(2, [GOOD]))).toMatchObject({ upTo: 2 });
  });

  it('because it is too long is kept whole and acked too, so that it does not come for ever', async () => {
    const centre = await start();
    const message = spoilt(1, '"sentAt"', `"more":"${'电'.repeat(50_000)}","sentAt"`);
    expect(Buffer.byteLength(message)).toBeGreaterThan(MAX_ENVELOPE_BYTES);
    expect(await centre.commit('c1', message)).toMatchObject({ upTo: 1 });
    const [entry] = await centre.state.ledger.quarantine(9);
    expect(entry?.content).toBe(message);
  });

  it('because it nests deeper than a stack reaches is kept whole and acked like any other', async () => {
    const centre = await start();
    const message = spoilt(1, '5000', `${'['.repeat(60_000)}${']'.repeat(60_000)}`);
    expect(Buffer.byteLength(message)).toBeLessThan(MAX_ENVELOPE_BYTES);
    expect(await centre.commit('c1', message)).toMatchObject({ upTo: 1 });
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([{ kind: 'envelope', content: message }]);
    expect(await centre.commit('c1', envelope(2, [GOOD]))).toMatchObject({ upTo: 2 });
  });

  it('of another version of the contract is not acked: nobody knows what its numbers mean', async () => {
    const centre = await start();
    await centre.receive('c1', spoilt(1, '"v":1', '"v":2'));
    expect(await centre.commit('c1', envelope(2, [GOOD]))).toMatchObject({ upTo: 0, gaps: [[1, 1]] });
    expect(await centre.state.ledger.quarantineCounts()).toEqual([{ kind: 'envelope', count: 1 }]);
  });

  it('that counts beyond the largest number leaves no mark that could not be read at the next start', async () => {
    const at = place();
    const centre = await start(at);
    const seq = Number.MAX_SAFE_INTEGER;
    await centre.receive('c1', envelope(seq, [GOOD], { oldest: seq, count: 1000 }));
    await eventually(() => centre.counted.quarantined === 1);
    await centre.stop();
    await at.close();
    const [entry] = await (await open(at)).state.ledger.quarantine(9);
    expect(entry).toMatchObject({ kind: 'envelope', why: expect.stringMatching(/largest/) });
  });
});

describe('a row that cannot be taken', () => {
  it('of an unknown meter is set aside with all that is needed to take it later; its neighbours are stored', async () => {
    const centre = await start();
    const batches = [
      registers(['m9', SLOT, 1], ['m1', SLOT, 5000]),
      outcomeBatch('profile', { meter: 'm9' }, { meter: 'm2' }),
      powerDowns(['m9', SLOT, null], ['m3', SLOT, null]),
    ];
    expect(await centre.commit('c1', envelope(1, batches))).toMatchObject({ upTo: 6 });
    expect(centre.counted).toMatchObject({ committed: 3, quarantined: 3 });
    const entries = await centre.state.ledger.quarantine(9);
    const common = { collector: 'c1', epoch: 'e1', seq: 1, kind: 'unknown_meter', why: 'c1 reads no meter m9' };
    expect(entries).toMatchObject([common, common, common]);
    const contents = entries.map(({ content }) => JSON.parse(content) as { stream: string });
    expect(contents.sort((a, b) => (a.stream < b.stream ? -1 : 1))).toEqual([
      { stream: 'event', row: expect.objectContaining({ meter: 'm9', start: SLOT }) },
      { stream: 'outcome', task: 'profile', row: expect.objectContaining({ meter: 'm9', reason: 'no_answer' }) },
      {
        stream: 'reading',
        task: 'profile',
        quantities: ['energy_import_wh'],
        row: { meter: 'm9', slot: SLOT, meterTime: null, readAt: SLOT + 20_000, values: [1] },
      },
    ]);
  });

  it("of another collector's meter is set aside: nobody speaks for meters that he does not read", async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [registers(['x1', SLOT, 9000])]));
    expect(await centre.readings.ofMeter('profile', 'x1', [SLOT])).toEqual([]);
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([{ collector: 'c1', why: 'c1 reads no meter x1' }]);
    await centre.commit('c2', envelope(1, [registers(['x1', SLOT, 7000])]));
    expect(await centre.readings.ofMeter('profile', 'x1', [SLOT])).toMatchObject([{ quality: 'valid' }]);
  });

  it('of an unknown task is set aside with the task', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [readingBatch('hourly', ['energy_import_wh'], [['m1', SLOT, 5000]])]));
    const [entry] = await centre.state.ledger.quarantine(9);
    expect(entry).toMatchObject({ kind: 'unknown_task', why: 'no task is called hourly' });
    expect(JSON.parse(entry?.content ?? '')).toMatchObject({ task: 'hourly', row: { meter: 'm1', values: [5000] } });
    expect(await centre.readings.ofMeter('hourly', 'm1', [SLOT])).toEqual([]);
  });

  it('by itself is set aside with what is wrong with it', async () => {
    const centre = await start();
    expect(await centre.commit('c1', envelope(1, [registers(['m1', SLOT, -1], ['m2', SLOT, 1])]))).toMatchObject({
      upTo: 2,
    });
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([
      { kind: 'row', seq: 1, why: expect.stringMatching(/^energy_import_wh/), content: expect.stringContaining('-1') },
    ]);
  });
});

describe('a second value for a key that has one', () => {
  it('never takes its place: it is set aside with both values, and acked', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    expect(await centre.commit('c1', envelope(2, [registers(['m1', SLOT, 5010])]))).toMatchObject({ upTo: 2 });
    expect(await centre.readings.ofMeter('profile', 'm1', [SLOT])).toMatchObject([
      { values: { energy_import_wh: 5000 } },
    ]);
    const [entry, ...more] = await centre.state.ledger.quarantine(9);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ kind: 'conflict', why: `profile of m1 at ${SLOT} is stored with other values` });
    expect(JSON.parse(entry?.content ?? '')).toMatchObject({
      task: 'profile',
      stored: { values: { energy_import_wh: 5000 } },
      refused: { values: { energy_import_wh: 5010 } },
    });
    expect(centre.counted).toMatchObject({ committed: 1, repeated: 0, quarantined: 1 });
  });

  it('in the very same commit does not take its place either', async () => {
    const centre = await open();
    await centre.receive('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
    await centre.receive('c1', envelope(2, [registers(['m1', SLOT, 5010])]));
    centre.run();
    await eventually(() => centre.acks.length > 0);
    expect(centre.acks).toMatchObject([{ ack: { upTo: 2 } }]);
    expect(await centre.readings.ofMeter('profile', 'm1', [SLOT])).toMatchObject([
      { values: { energy_import_wh: 5000 } },
    ]);
    expect(await centre.state.ledger.quarantineCounts()).toEqual([{ kind: 'conflict', count: 1 }]);
  });
});
