import { describe, expect, it } from 'vitest';
import { type Arrival, arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Inbox } from '../../../gateway/ingest/inbox.ts';
import { envelope, registers, SLOT } from '../../support/centre.ts';
import { settle } from '../../support/manual-clock.ts';

function arrival(collector: string, rows: number): Arrival {
  return { district: 'd1', collector, envelope: null, rows, refused: null, bytes: new Uint8Array() };
}

function rowsOf(message: string | Uint8Array): number {
  return arrivalOf('d1', 'c1', Buffer.from(message)).rows;
}

describe('the inbox', () => {
  it('takes rows up to its size and not one more', () => {
    const inbox = new Inbox();
    expect(inbox.put(arrival('a', 49_999))).toBe(true);
    expect(inbox.put(arrival('b', 2))).toBe(false);
    expect(inbox.rows).toBe(49_999);
    expect(inbox.put(arrival('c', 1))).toBe(true);
    expect(inbox.rows).toBe(50_000);
  });

  it('gives them out in the order they came, as many as fit into one commit', async () => {
    const inbox = new Inbox();
    for (const [name, rows] of Object.entries({ a: 3000, b: 2000, c: 1, d: 9000, e: 1 }))
      inbox.put(arrival(name, rows));
    const taken: string[] = [];
    while (inbox.rows > 0) taken.push((await inbox.take(5000)).map(({ collector }) => collector).join(''));
    expect(taken).toEqual(['ab', 'c', 'd', 'e']);
  });

  it('has room again for what was taken out', async () => {
    const inbox = new Inbox();
    inbox.put(arrival('a', 50_000));
    expect(inbox.put(arrival('b', 1))).toBe(false);
    await inbox.take(1);
    expect(inbox.put(arrival('b', 1))).toBe(true);
  });

  it('lets its reader wait for the first message', async () => {
    const inbox = new Inbox();
    let taken: Arrival[] | null = null;
    void inbox.take(10).then((arrivals) => {
      taken = arrivals;
    });
    await settle();
    expect(taken).toBeNull();
    inbox.put(arrival('a', 1));
    await settle();
    expect(taken).toMatchObject([{ collector: 'a' }]);
  });

  it('lets a reader who need not hurry wait for a full group, and others take what there is', async () => {
    const inbox = new Inbox();
    const wanted = Promise.withResolvers<void>();
    const taken: string[] = [];
    const take = async (): Promise<void> => {
      taken.push((await inbox.take(100, wanted.promise)).map(({ collector }) => collector).join(''));
    };
    void take();
    inbox.put(arrival('a', 60));
    await settle();
    expect(taken).toEqual([]);
    inbox.put(arrival('b', 40));
    await settle();
    expect(taken).toEqual(['ab']);
    void take();
    inbox.put(arrival('c', 1));
    await settle();
    expect(taken).toEqual(['ab']);
    wanted.resolve();
    await settle();
    expect(taken).toEqual(['ab', 'c']);
  });

  it('sends a waiting reader away empty-handed when it closes', async () => {
    const inbox = new Inbox();
    const taking = inbox.take(10);
    inbox.close();
    expect(await taking).toEqual([]);
    expect(await inbox.take(10)).toEqual([]);
  });
});

describe('the room that a message takes', () => {
  it('follows its rows, whether they can be taken or not', () => {
    const good = Array.from({ length: 30 }, (_, i) => ['m1', SLOT + i, 1] as const);
    const bad = good.map(([meter, slot]) => [meter, slot, -1] as const);
    expect(rowsOf(envelope(1, [registers(...good)]))).toBe(31);
    expect(rowsOf(envelope(1, [registers(...bad)]))).toBe(31);
  });

  it('follows its bytes when they are more than its rows need: the message is kept until it is judged', () => {
    const padded = envelope(1, [registers(['m1', SLOT, 1])]).replace('{', `{"x":"${'y'.repeat(100 * 1024)}",`);
    expect(rowsOf(padded)).toBe(402);
  });

  it('follows its bytes when it is no envelope, so that junk cannot fill the memory', () => {
    expect(rowsOf('x')).toBe(2);
    expect(rowsOf('x'.repeat(128 * 1024))).toBe(513);
    expect(rowsOf(`{"v":1,"epoch":"e1","seq":1,"count":1,"oldest":1,"sentAt":0,"x":"${'y'.repeat(128 * 1024)}"}`)).toBe(
      514,
    );
  });
});
