import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { EventStream, MOST_UNREAD, type Sink } from '../../api/events/event-stream.ts';
import { EventTail } from '../../api/events/event-tail.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { AT, centreEvent } from '../gateway/stores/state-samples.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const newPath = scratchPaths();
let state: StateStore;
let clock: ManualClock;
let tail: EventTail;
beforeEach(async () => {
  state = await openSqliteStateStore(newPath());
  clock = new ManualClock(AT);
  tail = new EventTail(state.events, clock, quietLogger());
});
const streams: EventStream[] = [];
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.end();
  await state.close();
});

const tell = (...events: Partial<NewCentreEvent>[]) =>
  state.events.tell(
    events.map((event) => centreEvent(event)),
    AT,
  );

/** A client that takes all, or nothing more. */
class MemoryClient implements Sink {
  text = '';
  unread = 0;
  isReading = true;
  hasEnded = false;

  write(text: string): boolean {
    if (this.isReading) this.text += text;
    else this.unread += text.length;
    return this.isReading;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {
    this.hasEnded = true;
  }

  /** Events so far, each as [type, id, data]. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
  get events(): [string, string | null, any][] {
    const blocks = this.text.split('\n\n').filter((block) => block.includes('event: '));
    return blocks.map((block) => {
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      return [field('event') ?? '', field('id'), JSON.parse(field('data') ?? 'null')];
    });
  }

  get subjects(): string[] {
    return this.events.filter(([type]) => type !== 'heartbeat' && type !== 'gap').map(([, , data]) => data.subject);
  }
}

async function stream(
  client: MemoryClient,
  after: number | null,
  filter: ConstructorParameters<typeof EventStream>[0]['filter'] = {},
): Promise<EventStream> {
  const opened = new EventStream({ tail, events: state.events, sink: client, filter, site: 's' });
  streams.push(opened);
  await opened.begin(after);
  return opened;
}

/** Lets the tail look at the table until a client has so many events. */
async function until(client: MemoryClient, count: number): Promise<void> {
  await expect
    .poll(async () => {
      await clock.advance(250);
      return client.subjects.length;
    })
    .toBe(count);
}

describe('a stream of events', () => {
  it('begins with what comes next, in the order of the table, each under its position', async () => {
    await tell({ subject: 'before' });
    const client = new MemoryClient();
    await stream(client, null);
    await tell({ subject: 'a' }, { subject: 'b', type: 'outage.changed.v1' });
    await tell({ subject: 'c' });
    await until(client, 3);
    const [begun, ...told] = client.events;
    expect(begun).toEqual(['heartbeat', '1', { position: '1' }]);
    expect(told.map(([type, id, data]) => [type, id, data.subject])).toEqual([
      ['outage.opened.v1', '2', 'a'],
      ['outage.changed.v1', '3', 'b'],
      ['outage.opened.v1', '4', 'c'],
    ]);
    expect(told[0]?.[2]).toMatchObject({ specversion: '1.0', source: 'meterway/s', position: '2' });
  });

  it('goes on after a position without a gap and without repetition, however long the way is', async () => {
    await tell(...Array.from({ length: 1203 }, (_, i) => ({ subject: `s${i}` })));
    const client = new MemoryClient();
    const begun = stream(client, 3);
    await tell({ subject: 'meanwhile' });
    await begun;
    await tell({ subject: 'after' });
    await until(client, 1202);
    const expected = Array.from({ length: 1200 }, (_, i) => `s${i + 3}`);
    expect(client.subjects).toEqual([...expected, 'meanwhile', 'after']);
  });

  it('gives what was missed to a client that takes it slowly, without losing it', async () => {
    class SlowClient extends MemoryClient {
      override write(text: string): boolean {
        this.text += text;
        this.unread += text.length;
        return false;
      }
      override async drained(): Promise<void> {
        this.unread = 0;
      }
    }
    const count = Math.ceil((2 * MOST_UNREAD) / 5000);
    await tell(...Array.from({ length: count }, () => ({ data: { text: 'x'.repeat(5000) } })));
    const client = new SlowClient();
    await stream(client, 0);
    expect([client.hasEnded, client.subjects.length]).toEqual([false, count]);
  });

  it('is one reading of the table for all who listen, and none when nobody does', async () => {
    const clients = [new MemoryClient(), new MemoryClient()];
    const opened = await Promise.all(clients.map((client) => stream(client, null)));
    expect(clock.waiting).toEqual(['events']);
    await tell({ subject: 'a' });
    for (const client of clients) await until(client, 1);
    for (const each of opened) each.end();
    await expect.poll(() => clock.waiting).toEqual([]);
    expect(clients.map(({ hasEnded }) => hasEnded)).toEqual([true, true]);
  });

  it('holds what its filter lets through, missed or new', async () => {
    await tell({ district: 'D1', subject: 'a' }, { district: 'D2', subject: 'b' }, { district: null, subject: 'c' });
    const client = new MemoryClient();
    await stream(client, 0, { districts: ['D1'], types: ['outage.opened.v1'] });
    await tell(
      { district: 'D2', subject: 'd' },
      { district: 'D1', subject: 'e', type: 'outage.changed.v1' },
      { district: null, subject: 'f' },
      { district: 'D1', subject: 'g' },
    );
    await until(client, 4);
    expect(client.subjects).toEqual(['a', 'c', 'f', 'g']);
  });

  it('tells by its heartbeat how far the client is, also when nothing passes the filter', async () => {
    const client = new MemoryClient();
    const opened = await stream(client, null, { subject: 'none' });
    await tell({ subject: 'a' }, { subject: 'b' });
    await expect
      .poll(async () => {
        await clock.advance(250);
        return tail.position;
      })
      .toBe(2);
    opened.heartbeat();
    expect(client.events.at(-1)).toEqual(['heartbeat', '2', { position: '2' }]);
  });

  it('says first when what followed is deleted, or when the position is none of this table', async () => {
    await tell({ subject: 'a' }, { subject: 'b' });
    await state.events.forgetBefore(AT + 1);
    await tell({ subject: 'c' });
    const [late, right, strange] = [new MemoryClient(), new MemoryClient(), new MemoryClient()];
    await stream(late, 1);
    await stream(right, 2);
    await stream(strange, 77);
    expect(late.events.slice(0, 2)).toMatchObject([
      ['gap', null, { after: '1', goesOnAfter: '2' }],
      ['outage.opened.v1', '3', { subject: 'c' }],
    ]);
    expect(right.events.map(([type]) => type)).toEqual(['outage.opened.v1', 'heartbeat']);
    expect(strange.events.map(([type]) => type)).toEqual(['gap', 'heartbeat']);
    await tell({ subject: 'd' });
    await until(strange, 1);
    expect(strange.subjects).toEqual(['d']);
  });

  it('is ended for a client that does not read, and misses nothing when it comes back', async () => {
    const [slow, other] = [new MemoryClient(), new MemoryClient()];
    await stream(slow, null);
    await stream(other, null);
    slow.isReading = false;
    const data = { text: 'x'.repeat(10_000) };
    const many = Math.ceil(MOST_UNREAD / 10_000) + 1;
    for (let i = 0; i < many; i++) await tell({ subject: `s${i}`, data });
    await until(other, many);
    expect([slow.hasEnded, other.hasEnded]).toEqual([true, false]);
    const again = new MemoryClient();
    await stream(again, 0);
    expect(again.subjects).toEqual(other.subjects);
  });
});
