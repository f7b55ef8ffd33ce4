import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNELS, eventTopic, parseTopic, topicFilter } from '#contract/topics.ts';
import { Metrics } from '#platform/metrics.ts';
import { matches } from '#platform/mqtt.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Access } from '../../../gateway/broker/access.ts';
import { GATEWAY_USER } from '../../../gateway/broker/credentials.ts';
import { KEEP_DELIVERED_DAYS } from '../../../gateway/events/forget-events.ts';
import { startEvents } from '../../../gateway/events/start-events.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryMqtt } from '../../support/memory-mqtt.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT, centreEvent } from '../stores/state-samples.ts';
import { webhook } from '../stores/webhooks-contract.ts';

const DAY_MS = 86_400_000;
const newPath = scratchPaths();
let state: StateStore;
let clock: ManualClock;
let mqtt: MemoryMqtt;
let metrics: Metrics;
let stop: (() => Promise<void>) | null = null;
beforeEach(async () => {
  state = await openSqliteStateStore(newPath());
  clock = new ManualClock(AT);
  mqtt = new MemoryMqtt();
  metrics = new Metrics({ process: 'gateway', runtime: false });
});
afterEach(async () => {
  await stop?.();
  stop = null;
  await state.close();
});

const start = (eventsDays: number): void => {
  const registry = { name: 'site', districts: [{ id: 'D1', name: '城东所' }] };
  stop = startEvents({ state, mqtt, registry, settings: { eventsDays }, metrics, clock, logger: quietLogger() });
};

describe('the gateway', () => {
  it('tells what happens while the broker is there, and counts how long that took to be noticed', async () => {
    await state.events.tell([centreEvent({ district: 'D1', evidenceAt: AT - 700 })], AT);
    start(90);
    await clock.advance(1000);
    expect(mqtt.published).toEqual([]);
    mqtt.connection(true);
    await expect
      .poll(async () => {
        await clock.advance(250);
        return mqtt.published.length;
      })
      .toBe(1);
    const text = await metrics.text();
    expect(text).toMatch(/event_evidence_to_commit_seconds_bucket\{[^}]*le="0.5"[^}]*\} 0/);
    expect(text).toMatch(/event_evidence_to_commit_seconds_bucket\{[^}]*le="1"[^}]*\} 1/);
  });

  it.each([
    [90, ['new']],
    [0, ['old', 'new']],
  ])('keeps events for %i days, and deliveries that were taken for a week', async (days, kept) => {
    await state.events.tell([centreEvent({ subject: 'old' })], AT - 90 * DAY_MS);
    await state.events.tell([centreEvent({ subject: 'new' })], AT - 90 * DAY_MS + 7_200_000);
    await state.webhooks.add(webhook());
    const ended = { lastAt: AT, lastStatus: null, lastError: '' };
    const at = AT - KEEP_DELIVERED_DAYS * DAY_MS;
    const deliveries = ['taken', 'dead', 'waiting'].map((id, i) => ({ id, positions: [i + 1] }));
    await state.webhooks.plan('w1', 0, 3, deliveries, at);
    const [taken, dead] = [
      { webhook: 'w1', id: 'taken', attempts: 0 },
      { webhook: 'w1', id: 'dead', attempts: 0 },
    ];
    await state.webhooks.attempted(taken, { ...ended, state: 'delivered', nextAt: at });
    await state.webhooks.attempted(dead, { ...ended, state: 'dead', nextAt: at });
    start(days);
    await clock.advance(3_600_000);
    const left = async () => (await state.webhooks.deliveries('w1', { limit: 9 })).map(({ id }) => id).sort();
    await expect.poll(left).toEqual(['dead', 'waiting']);
    await expect.poll(async () => (await state.events.after(0, 9)).map(({ subject }) => subject)).toEqual(kept);
  });
});

describe('the topic of events', () => {
  it('is none of a collector, and no filter of collectors brings it', () => {
    expect(eventTopic('d1')).toBe('meterway/v1/d1/events');
    expect(parseTopic(eventTopic('d1'))).toBeNull();
    for (const channel of CHANNELS) expect(matches(topicFilter('+', channel), eventTopic('d1'))).toBe(false);
  });

  it('is for the gateway to tell: no collector may say or hear it', () => {
    const access = new Access((collector) => (collector === 'c1' ? 'd1' : undefined));
    expect(access.mayPublish(GATEWAY_USER, eventTopic('d1'))).toBe(true);
    expect([access.mayPublish('c1', eventTopic('d1')), access.maySubscribe('c1', eventTopic('d1'))]).toEqual([
      false,
      false,
    ]);
  });
});
