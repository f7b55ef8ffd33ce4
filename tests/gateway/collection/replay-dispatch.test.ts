import { Check } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '#contract/replay.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ReplayDispatch } from '../../../gateway/collection/replay-dispatch.ts';
import { MemoryMqtt } from '../../support/memory-mqtt.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { SITE } from '../ingest/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT } from '../stores/state-samples.ts';

const scratch = scratchPaths();

let state: StateStore;
let mqtt: MemoryMqtt;
let logger: ReturnType<typeof quietLogger>;
let heard: Map<string, { online: boolean; instance: string; replay?: { id: string; at: number; rows: number } }>;
let dispatch: ReplayDispatch;

beforeEach(async () => {
  state = await openSqliteStateStore(scratch('state.sqlite'));
  mqtt = new MemoryMqtt();
  mqtt.connection(true);
  logger = quietLogger();
  heard = new Map();
  restart();
});
afterEach(() => state.close());

function restart(): void {
  const collectors = { heard: (id: string) => heard.get(id) };
  dispatch = new ReplayDispatch({
    replays: state.replays,
    registry: new RegistryIndex(SITE),
    collectors,
    mqtt,
    logger,
  });
}

const ask = (id: string, collector: string, requestedAt = AT): Promise<void> =>
  state.replays.add([{ id, collector, since: AT - 1000, requestedAt }]);

const take = (collector: string, id: string): void => {
  heard.set(collector, { online: true, instance: 'i', replay: { id, at: AT + 9, rows: 42 } });
};

/** What was published, `-` for an emptied message. */
const sent = (): string[] =>
  mqtt.published.map(({ topic, payload, retain }) => {
    expect(retain).toBe(true);
    expect(topic.endsWith('/down/replay')).toBe(true);
    return `${topic.split('/')[3]} ${payload === '' ? '-' : (JSON.parse(payload) as Replay).id}`;
  });

describe('a request to send again', () => {
  it('is retained once for its collector, until that names it; then it is emptied and done', async () => {
    await ask('r1', 'c1');
    await dispatch.tick();
    await dispatch.tick();
    expect(sent()).toEqual(['c1 r1']);
    const message: unknown = JSON.parse(mqtt.published[0]?.payload ?? '');
    expect(Check(Replay, message)).toBe(true);
    expect(message).toEqual({ v: 1, id: 'r1', since: AT - 1000 });
    take('c1', 'an earlier one');
    await dispatch.tick();
    take('c1', 'r1');
    await dispatch.tick();
    await dispatch.tick();
    expect(sent()).toEqual(['c1 r1', 'c1 -']);
    expect(await state.replays.list(1)).toMatchObject([{ id: 'r1', takenAt: AT + 9, rows: 42 }]);
  });

  it('waits for an earlier one of its collector, not for those of others', async () => {
    await ask('r1', 'c1', AT);
    await ask('r2', 'c1', AT + 1);
    await ask('r3', 'c2', AT + 2);
    await dispatch.tick();
    expect(sent()).toEqual(['c1 r1', 'c2 r3']);
    take('c1', 'r1');
    await dispatch.tick();
    await dispatch.tick();
    expect(sent()).toEqual(['c1 r1', 'c2 r3', 'c1 -', 'c1 r2']);
  });

  it('is sent again by a new gateway and to a broker that was away', async () => {
    await ask('r1', 'c1');
    mqtt.connection(false);
    await dispatch.tick();
    expect(sent()).toEqual([]);
    mqtt.connection(true);
    await dispatch.tick();
    mqtt.connection(false);
    mqtt.connection(true);
    await dispatch.tick();
    restart();
    await dispatch.tick();
    expect(sent()).toEqual(['c1 r1', 'c1 r1', 'c1 r1']);
  });

  it('stays open while its message cannot be emptied', async () => {
    await ask('r1', 'c1');
    take('c1', 'r1');
    mqtt.connection(false);
    await dispatch.tick();
    expect(await state.replays.open()).toHaveLength(1);
    mqtt.connection(true);
    await dispatch.tick();
    expect(await state.replays.open()).toEqual([]);
  });

  it('for a collector that is not in the registry is told once', async () => {
    await ask('r1', 'nobody');
    await dispatch.tick();
    await dispatch.tick();
    expect(sent()).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});
