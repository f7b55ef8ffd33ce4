import type { Registry } from '#contract/registry.ts';
import { type Clock, every } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import type { StateStore } from '#stores/state-store.ts';
import { EventPublisher } from './event-publisher.ts';
import { forgetEvents } from './forget-events.ts';

const POLL_MS = 250;
const FORGET_MS = 3_600_000;

export interface EventParts {
  readonly state: Pick<StateStore, 'events' | 'webhooks'>;
  readonly mqtt: Pick<MqttPort, 'publish' | 'onState'>;
  readonly registry: Pick<Registry, 'name' | 'districts'>;
  readonly settings: { readonly eventsDays: number };
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells the broker what happens, and deletes what is too old; returns its stop. */
export function startEvents({
  state,
  mqtt,
  registry,
  settings,
  metrics,
  clock,
  logger,
}: EventParts): () => Promise<void> {
  const seconds = metrics.histogram(
    'event_evidence_to_commit_seconds',
    'Time from the first evidence of something to the commit of its event',
    [0.1, 0.5, 1, 2, 5, 15, 60, 300, 1800, 86_400],
    ['type'],
  );
  const publisher = new EventPublisher({
    events: state.events,
    mqtt,
    registry,
    observe: ({ type, evidenceAt, committedAt }) => {
      if (evidenceAt !== null) seconds.observe({ type }, Math.max(0, committedAt - evidenceAt) / 1000);
    },
  });
  let connected = false;
  mqtt.onState((state) => {
    connected = state;
  });
  let running: Promise<void> = Promise.resolve();
  const cancels = [
    every({ clock, logger, name: 'events', ms: POLL_MS }, () => {
      if (!connected) return;
      running = publisher
        .tick()
        .catch((error: unknown) => logger.debug({ why: messageOf(error) }, 'events were not published; they follow'));
      return running;
    }),
    every({ clock, logger, name: 'old events', ms: FORGET_MS }, () =>
      forgetEvents(state, settings.eventsDays, clock.now()),
    ),
  ];
  return async () => {
    for (const cancel of cancels) cancel();
    publisher.stop();
    await running;
  };
}
