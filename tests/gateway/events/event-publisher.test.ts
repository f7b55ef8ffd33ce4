import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent } from '#contract/cloud-event.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { EventPublisher } from '../../../gateway/events/event-publisher.ts';
import { MemoryMqtt } from '../../support/memory-mqtt.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT, centreEvent } from '../stores/state-samples.ts';

const newPath = scratchPaths();
const REGISTRY = {
  name: 'site',
  districts: [
    { id: 'D1', name: '城东所' },
    { id: 'D2', name: '城西所' },
  ],
};
let path: string;
let state: StateStore;
let mqtt: MemoryMqtt;
let observed: string[];
beforeEach(async () => {
  path = newPath();
  state = await openSqliteStateStore(path);
  mqtt = new MemoryMqtt();
  mqtt.connection(true);
  observed = [];
});
afterEach(() => state.close());

const publisher = (): EventPublisher =>
  new EventPublisher({
    events: state.events,
    mqtt,
    registry: REGISTRY,
    observe: ({ subject }) => void observed.push(subject),
  });
const tell = (...subjects: string[]) =>
  state.events.tell(
    subjects.map((subject) => centreEvent({ subject, district: 'D1' })),
    AT,
  );
const heard = (): string[] => mqtt.sent<CloudEvent>('/events').map(({ subject }) => subject);

describe('events at the broker', () => {
  it('come in the order of the table, each on the topic of its district and not retained', async () => {
    await tell('a', 'b');
    await state.events.tell([centreEvent({ subject: 'c', district: 'D2' })], AT);
    await publisher().tick();
    expect(mqtt.published.map(({ topic, retain }) => [topic, retain])).toEqual([
      ['meterway/v1/D1/events', false],
      ['meterway/v1/D1/events', false],
      ['meterway/v1/D2/events', false],
    ]);
    const [first] = await state.events.after(0, 1);
    expect(mqtt.sent('/events')[0]).toMatchObject({ specversion: '1.0', id: first?.id, source: 'meterway/site' });
    expect(heard()).toEqual(['a', 'b', 'c']);
  });

  it('come to every district when they are of none', async () => {
    await state.events.tell([centreEvent({ district: null })], AT);
    await publisher().tick();
    expect(mqtt.published.map(({ topic }) => topic)).toEqual(['meterway/v1/D1/events', 'meterway/v1/D2/events']);
    expect(observed.length).toBe(1);
  });

  it('are each told once while nothing fails, also in many pages', async () => {
    const subjects = Array.from({ length: 450 }, (_, i) => `s${i}`);
    await tell(...subjects);
    const told = publisher();
    await told.tick();
    expect(heard()).toEqual(subjects);
    await told.tick();
    await tell('last');
    await told.tick();
    expect(heard()).toEqual([...subjects, 'last']);
    expect(observed).toEqual(heard());
  });

  it('go on after a restart where they ended, with what was told meanwhile', async () => {
    await tell('a');
    await publisher().tick();
    await state.close();
    state = await openSqliteStateStore(path);
    await tell('b');
    await publisher().tick();
    expect(heard()).toEqual(['a', 'b']);
  });

  it('wait for the next start when it stops in the midst of many, and none is lost or told twice by it', async () => {
    const subjects = Array.from({ length: 450 }, (_, i) => `s${i}`);
    await tell(...subjects);
    const told = publisher();
    mqtt.onPublished = () => {
      if (heard().length === 230) told.stop();
    };
    await told.tick();
    expect(heard().length).toBe(230);
    await publisher().tick();
    expect(heard()).toEqual(subjects);
  });

  it('wait for a broker that is away, and none is lost or told twice by it', async () => {
    await tell('a', 'b', 'c');
    let left = 2;
    mqtt.onPublished = () => {
      if (--left === 0) mqtt.connection(false);
    };
    const told = publisher();
    await expect(told.tick()).rejects.toMatchObject({ code: 'mqtt_offline' });
    await expect(publisher().tick()).rejects.toMatchObject({ code: 'mqtt_offline' });
    mqtt.connection(true);
    await publisher().tick();
    expect(heard()).toEqual(['a', 'b', 'c']);
  });

  it('come again under the same id when the process was killed before it noted that they were told', async () => {
    await tell('a');
    const { events } = state;
    const killed = new EventPublisher({
      events: {
        after: (...asked) => events.after(...asked),
        positionOf: (name) => events.positionOf(name),
        reached: () => Promise.reject(new Error('killed')),
      },
      mqtt,
      registry: REGISTRY,
      observe: () => {},
    });
    await expect(killed.tick()).rejects.toThrow('killed');
    await publisher().tick();
    const ids = mqtt.sent<CloudEvent>('/events').map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });
});
