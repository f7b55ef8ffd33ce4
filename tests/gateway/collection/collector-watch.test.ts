import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectorStatus } from '#contract/status.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { CollectorWatch } from '../../../gateway/collection/collector-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT, status } from '../stores/state-samples.ts';

const scratch = scratchPaths();
const REGISTRY = {
  collectors: [
    { id: 'c1', district: 'd1' },
    { id: 'c2', district: 'd2' },
  ],
};
const OWN = 'meterway/v1/d1/c1/up/status';

let state: StateStore;
let logger: ReturnType<typeof quietLogger>;
let clock: ManualClock;
let watch: CollectorWatch;

beforeEach(async () => {
  state = await openSqliteStateStore(scratch('state.sqlite'));
  logger = quietLogger();
  clock = new ManualClock(AT);
  watch = new CollectorWatch(state.status, REGISTRY, clock, logger);
});

afterEach(() => state.close());

function tell(message: CollectorStatus | string, topic = OWN): Promise<void> {
  return watch.receive(topic, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
}

function messages(): string[] {
  return logger.lines.map(({ level, message }) => `${level} ${message}`);
}

describe('what a collector says of itself', () => {
  it('is stored under the ids of its topic with the time at which it came, the last word only', async () => {
    await tell(status({ at: AT }));
    await clock.advance(5000);
    await tell(status({ at: AT + 1, online: false }));
    await tell(status({ at: AT + 2 }), 'meterway/v1/d2/c2/up/status');
    expect(await state.status.all()).toEqual([
      { district: 'd1', collector: 'c1', status: status({ at: AT + 1, online: false }), receivedAt: AT + 5000 },
      { district: 'd2', collector: 'c2', status: status({ at: AT + 2 }), receivedAt: AT + 5000 },
    ]);
  });

  it('is logged when it comes and goes, not with every word', async () => {
    for (const online of [true, true, false, false, true]) await tell(status({ online, host: 'box', epoch: 'e1' }));
    expect(messages()).toEqual([
      'info the collector is online',
      'warn the collector is offline',
      'info the collector is online',
    ]);
    expect(logger.lines[0]?.fields).toEqual({ collector: 'c1', host: 'box', spooled: 1 });
  });

  it('is not silenced by the late last will of its predecessor', async () => {
    await tell(status({ instance: 'old' }));
    await tell(status({ instance: 'new' }));
    await tell(status({ instance: 'old', online: false }));
    expect(await state.status.all()).toMatchObject([{ status: status({ instance: 'new' }) }]);
    expect(messages()).toEqual(['info the collector is online']);
    await tell(status({ instance: 'new', online: false }));
    expect(messages().at(-1)).toBe('warn the collector is offline');
  });

  it.each([
    ['is no JSON', '{"v":1,'],
    ['is empty, as of a retained message that was taken back', ''],
    ['is of another shape', JSON.stringify({ ...status(), spool: { rows: -1 } })],
    ['is of another version', JSON.stringify({ ...status(), v: 2 })],
    ['is nothing', 'null'],
  ])('and %s is passed over with a warning, and what was known stays', async (_what, message) => {
    await tell(status());
    await tell(message);
    expect(await state.status.all()).toMatchObject([{ status: status() }]);
    expect(logger.lines.slice(1)).toMatchObject([{ level: 'warn', fields: { topic: OWN } }]);
  });

  it.each([
    ['is not in the registry', 'd1/c3'],
    ['has moved to another district', 'd1/c2'],
  ])('is told once and not stored when it %s', async (_what, name) => {
    const topic = `meterway/v1/${name}/up/status`;
    await tell(status(), topic);
    await tell(status(), topic);
    expect(await state.status.all()).toEqual([]);
    const [district, collector] = name.split('/');
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { district, collector } }]);
    expect(messages()).toEqual(['warn a collector is not in the registry and gets no plan']);
  });

  it('on any other topic is not looked at', async () => {
    await tell(status(), 'meterway/v1/d1/c1/up/rows');
    await tell('nonsense', 'meterway/v1/d1/c 1/up/status');
    expect(await state.status.all()).toEqual([]);
    expect(logger.lines).toEqual([]);
  });
});
