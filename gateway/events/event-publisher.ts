import type { CentreEvent } from '#contract/centre-event.ts';
import { cloudEvent } from '#contract/cloud-event.ts';
import type { Registry } from '#contract/registry.ts';
import { eventTopic } from '#contract/topics.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import type { EventStore } from '#stores/event-store.ts';

/** Name under which the store keeps how far the broker has been told. */
export const READER = 'mqtt';
const PAGE = 200;

export interface EventPublisherParts {
  readonly events: Pick<EventStore, 'after' | 'positionOf' | 'reached'>;
  readonly mqtt: Pick<MqttPort, 'publish'>;
  readonly registry: Pick<Registry, 'name' | 'districts'>;
  /** Called for each event once, when the broker has it. */
  readonly observe: (event: CentreEvent) => void;
}

/**
 * Tells the broker every event in the order of the table: it follows the table from where it was, so that what was
 * committed while the broker or this process was away is told as well. What the broker had, but was not noted, comes
 * again under the same id.
 */
export class EventPublisher {
  readonly #parts: EventPublisherParts;
  #position: number | null = null;
  #isStopped = false;

  constructor(parts: EventPublisherParts) {
    this.#parts = parts;
  }

  /** Publishes what is new. Rejects when the broker is away: what it has not taken comes with the next call. */
  async tick(): Promise<void> {
    const { events } = this.#parts;
    this.#position ??= (await events.positionOf(READER)) ?? 0;
    for (let isMore = true; isMore && !this.#isStopped; ) {
      const found = await events.after(this.#position, PAGE);
      isMore = found.length === PAGE;
      await this.#publish(found, this.#position);
    }
  }

  /** Lets a tick that is under way end after the event that it is telling: of a day without broker there are many. */
  stop(): void {
    this.#isStopped = true;
  }

  async #publish(found: readonly CentreEvent[], before: number): Promise<void> {
    const { events, observe } = this.#parts;
    let position = before;
    try {
      for (const event of found) {
        if (this.#isStopped) break;
        await this.#tell(event);
        observe(event);
        position = event.position;
      }
    } finally {
      this.#position = position;
      if (position > before) await events.reached(READER, position);
    }
  }

  async #tell(event: CentreEvent): Promise<void> {
    const { mqtt, registry } = this.#parts;
    const payload = JSON.stringify(cloudEvent(event, registry.name));
    const districts = event.district === null ? registry.districts.map(({ id }) => id) : [event.district];
    for (const district of districts) await mqtt.publish(eventTopic(district), payload);
  }
}
