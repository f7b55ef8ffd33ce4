import { MeterwayError } from '#platform/errors.ts';
import { type MessageHandler, type MqttPort, matches } from '#platform/mqtt.ts';

export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** A broker in the hands of the test, behind the port that a process talks through. */
export class MemoryMqtt implements MqttPort {
  readonly published: Published[] = [];
  /** What handlers threw: the client of a real broker logs it and goes on. */
  readonly failures: unknown[] = [];
  /** Called for each message that the broker takes. */
  onPublished: (message: Published) => void = () => {};
  #connected = false;
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #listeners: ((connected: boolean) => void)[] = [];

  publish(topic: string, payload: string, options: { retain?: boolean } = {}): Promise<void> {
    if (!this.#connected) {
      return Promise.reject(new MeterwayError(`cannot publish on ${topic}: not connected`, { code: 'mqtt_offline' }));
    }
    const message = { topic, payload, retain: options.retain ?? false };
    this.published.push(message);
    this.onPublished(message);
    return Promise.resolve();
  }

  subscribe(filter: string, handler: MessageHandler): void {
    this.#handlers.set(filter, handler);
  }

  onState(listener: (connected: boolean) => void): void {
    this.#listeners.push(listener);
    listener(this.#connected);
  }

  async close(): Promise<void> {
    this.connection(false);
  }

  connection(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  /** Payloads published on topics that end so, parsed. */
  sent<T>(channel: string): T[] {
    return this.published.filter(({ topic }) => topic.endsWith(channel)).map(({ payload }) => JSON.parse(payload) as T);
  }

  /** Brings a message to who has subscribed; settles when it is handled. */
  async deliver(topic: string, payload: string, { retained = false } = {}): Promise<void> {
    for (const [filter, handler] of this.#handlers) {
      if (!matches(filter, topic)) continue;
      try {
        await handler(topic, Buffer.from(payload), retained);
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
}
