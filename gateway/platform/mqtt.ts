import mqtt, { type IClientOptions, type MqttClient, UniqueMessageIdProvider } from 'mqtt';
import type { Cancel, Clock } from './clock.ts';
import { MeterwayError, messageOf } from './errors.ts';
import type { Logger } from './logger.ts';

/** `retained`: the message was there before the subscription, so it says nothing of the present. */
export type MessageHandler = (topic: string, payload: Uint8Array, retained: boolean) => void | Promise<void>;

/** The three things that our processes need of a broker. */
export interface MqttPort {
  /**
   * Sends with QoS 1. Resolves on PUBACK, which means only that the broker has the message in its hands; rejects at
   * once while disconnected, and with an unknown result when the connection is lost before the PUBACK.
   */
  publish(topic: string, payload: string, options?: { retain?: boolean }): Promise<void>;
  /**
   * Subscribes with QoS 1, again after each reconnect. Messages of one connection are handled one at a time, and so are
   * PUBACKs: a handler that waits for a publish of its own connection waits in vain.
   */
  subscribe(filter: string, handler: MessageHandler): void;
  /** Called with the present state, then on every change. */
  onState(listener: (connected: boolean) => void): void;
  close(deadlineMs: number): Promise<void>;
}

export interface MqttOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Whether the broker keeps messages for this client id while it is away. */
  readonly session: 'kept' | 'new';
  /** Published by the broker, retained, when this client is lost. */
  readonly will?: { readonly topic: string; readonly payload: string };
}

const KEEPALIVE_S = 30;
/** A handler that takes longer is reported; from half the keepalive on, the connection would be lost. */
const SLOW_HANDLER_MS = (KEEPALIVE_S * 1000) / 4;
const PUBACK_DEADLINE_MS = 30_000;

/** Client of MQTT 3.1.1, which every broker speaks. */
export class MqttLink implements MqttPort {
  readonly #client: MqttClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #listeners: ((connected: boolean) => void)[] = [];
  /** What the listeners were told last. */
  #told = false;

  /** Throws when `url` names no broker; an unreachable one is tried again and again. */
  constructor(options: MqttOptions, clock: Clock, logger: Logger, random: () => number = Math.random) {
    const broker = brokerOf(options.url);
    this.#clock = clock;
    this.#logger = logger;
    const clientOptions: IClientOptions = {
      protocolVersion: 4,
      clientId: options.clientId,
      username: options.username,
      password: options.password,
      clean: options.session === 'new',
      keepalive: KEEPALIVE_S,
      // One fixed wait per process, spread over a range: a restarted broker is not met by everybody at once.
      reconnectPeriod: 1000 + Math.floor(random() * 3000),
      reconnectOnConnackError: true,
      connectTimeout: 10_000,
      resubscribe: false,
      queueQoSZero: false,
      messageIdProvider: new UniqueMessageIdProvider(),
      ...(options.will
        ? { will: { topic: options.will.topic, payload: Buffer.from(options.will.payload), qos: 1, retain: true } }
        : {}),
    };
    this.#client = mqtt.connect(options.url, clientOptions);
    this.#client.handleMessage = (packet, done) => {
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      void this.#handle(packet.topic, payload, packet.retain).finally(() => done());
    };
    this.#client.on('connect', () => this.#connected());
    this.#client.on('close', () => {
      this.#forgetUnsure();
      this.#tell(false);
    });
    this.#client.on('error', (error) => {
      if (!this.#client.disconnecting) logger.warn({ broker, why: messageOf(error) }, 'cannot reach the broker');
    });
  }

  publish(topic: string, payload: string, options: { retain?: boolean } = {}): Promise<void> {
    if (!this.#client.connected) {
      return Promise.reject(
        new MeterwayError(`cannot publish on ${topic}: not connected`, { code: 'mqtt_offline', next: 'reconnect' }),
      );
    }
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const settle = (cause?: unknown): void => {
        cancel();
        if (cause === undefined) resolve();
        else reject(new MeterwayError(`cannot publish on ${topic}`, { code: 'mqtt_unsure', next: 'retry', cause }));
      };
      cancel = this.#clock.after('puback', PUBACK_DEADLINE_MS, () => settle(new Error('no PUBACK in time')));
      this.#client.publish(topic, payload, { qos: 1, retain: options.retain ?? false }, (error) =>
        settle(error && !this.#client.connected ? new Error('the connection was lost') : (error ?? undefined)),
      );
    });
  }

  subscribe(filter: string, handler: MessageHandler): void {
    this.#handlers.set(filter, handler);
    if (this.#client.connected) this.#subscribeNow(filter);
  }

  onState(listener: (connected: boolean) => void): void {
    this.#listeners.push(listener);
    listener(this.#told);
  }

  close(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      // end() waits for ever for a message whose PUBACK never comes, and a client that is ending takes no second end().
      const cancel = this.#clock.after('mqtt close', deadlineMs, () => {
        this.#client.stream?.destroy();
        resolve();
      });
      this.#client.end(false, {}, () => {
        cancel();
        resolve();
      });
    });
  }

  #connected(): void {
    for (const filter of this.#handlers.keys()) this.#subscribeNow(filter);
    this.#tell(true);
  }

  #subscribeNow(filter: string): void {
    this.#client.subscribe(filter, { qos: 1 }, (error) => {
      if (error) this.#logger.error({ filter, why: messageOf(error) }, 'cannot subscribe');
    });
  }

  /** What got no PUBACK is its sender's to repeat; the library would repeat it too, and before it says `connect`. */
  #forgetUnsure(): void {
    for (const id of Object.keys(this.#client.outgoing)) this.#client.removeOutgoingMessage(Number(id));
  }

  #tell(connected: boolean): void {
    if (connected === this.#told) return;
    this.#told = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  async #handle(topic: string, payload: Uint8Array, retained: boolean): Promise<void> {
    const begun = this.#clock.mono();
    for (const [filter, handler] of this.#handlers) {
      if (!matches(filter, topic)) continue;
      try {
        await handler(topic, payload, retained);
      } catch (err) {
        this.#logger.error({ topic, err }, 'cannot handle a message');
      }
    }
    const tookMs = Math.round(this.#clock.mono() - begun);
    if (tookMs > SLOW_HANDLER_MS) this.#logger.warn({ topic, tookMs }, 'a message took long to handle');
  }
}

/** Host and port of the broker, fit to be logged. Throws where a part of a password could be taken for them. */
function brokerOf(url: string): string {
  const parsed = URL.parse(url);
  const rest = parsed ? parsed.pathname + parsed.search + parsed.hash : '';
  if (parsed?.host && /^mqtts?:$/.test(parsed.protocol) && (rest === '' || rest === '/')) return parsed.host;
  throw new MeterwayError('cannot use METERWAY_MQTT_URL: it must be mqtt://host:port or mqtts://host:port', {
    code: 'config_invalid',
  });
}

/** MQTT filter match: `+` one level, `#` the rest. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, part] of wanted.entries()) {
    if (part === '#') return true;
    if (levels[i] === undefined || (part !== '+' && part !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
