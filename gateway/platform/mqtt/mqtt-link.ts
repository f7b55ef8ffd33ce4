import mqtt, { type IConnackPacket, type MqttClient } from 'mqtt';
import type { Cancel, Clock } from '../clock.ts';
import { MeterwayError, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { MessageHandler, MqttPort } from '../mqtt.ts';
import { backoff } from '../retry.ts';
import { type BrokerAddress, brokerAddress } from './address.ts';
import { clientOptions } from './client-options.ts';
import { endingSoon } from './expiry.ts';
import { type Explained, explain, type Failure } from './failure.ts';
import { InFlight } from './in-flight.ts';
import { type MqttOptions, NO_FILES } from './options.ts';
import { Subscriptions } from './subscriptions.ts';
import { isReadByOthers, readTlsFiles, type TlsMaterial } from './tls-files.ts';
import { VersionChoice } from './version-choice.ts';

/** What a link has seen since the process started. */
export interface MqttCounts {
  connections: number;
  /** Connections at which the broker had forgotten a session that it was to keep. */
  sessionsLost: number;
  /** Messages that nobody had subscribed to; only a broker of MQTT 5 says so. */
  unheard: number;
  readonly failures: Map<Failure, number>;
}

const PUBACK_DEADLINE_MS = 30_000;
/** Waits between attempts. Spread wide, so that a restarted broker is not met by everybody at once. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
/** A connection that lasted this long was a good one; after a shorter one the waits go on growing. */
const STEADY_MS = 10_000;
/** PUBACK of MQTT 5, section 3.4.2.1. */
const NO_MATCHING_SUBSCRIBERS = 0x10;

/**
 * Client of MQTT 5 and 3.1.1. Each connection is made anew, with its certificates read again; what was not acknowledged
 * on one is never repeated on the next, because that is its sender's to do.
 */
export class MqttLink implements MqttPort {
  readonly counts: MqttCounts = { connections: 0, sessionsLost: 0, unheard: 0, failures: new Map() };
  readonly #options: MqttOptions;
  readonly #broker: BrokerAddress;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #versions: VersionChoice;
  readonly #subscriptions: Subscriptions;
  readonly #listeners: ((connected: boolean) => void)[] = [];
  readonly #inFlight = new InFlight();
  #client: MqttClient | null = null;
  #waits: Iterator<number, never>;
  #waiting: Cancel = () => {};
  #closed = false;
  /** What the listeners were told last. */
  #told = false;

  /** Throws when `url` names no broker or a file cannot be used; an unreachable broker is tried again and again. */
  constructor(options: MqttOptions, clock: Clock, logger: Logger, random: () => number = Math.random) {
    this.#options = options;
    this.#broker = brokerAddress(options.url);
    this.#clock = clock;
    this.#logger = logger;
    this.#random = random;
    this.#subscriptions = new Subscriptions(clock, logger);
    this.#versions = new VersionChoice(options.version ?? '3.1.1');
    this.#waits = this.#newWaits();
    const material = this.#material();
    const { key } = options.files ?? NO_FILES;
    if (isReadByOthers(key)) {
      logger.warn({ file: key }, 'others on this machine can read the key in METERWAY_MQTT_KEY_FILE: chmod 600 it');
    }
    this.#connect(material);
  }

  publish(topic: string, payload: string, options: { retain?: boolean } = {}): Promise<void> {
    const client = this.#client;
    if (!client?.connected) {
      return Promise.reject(
        new MeterwayError(`cannot publish on ${topic}: not connected`, { code: 'mqtt_offline', next: 'reconnect' }),
      );
    }
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const settle = (cause?: Error): void => {
        cancel();
        this.#inFlight.done(settle);
        if (cause === undefined) resolve();
        else reject(new MeterwayError(`cannot publish on ${topic}`, { code: 'mqtt_unsure', next: 'retry', cause }));
      };
      cancel = this.#clock.after('puback', PUBACK_DEADLINE_MS, () => settle(new Error('no PUBACK in time')));
      this.#inFlight.begin(settle, () =>
        client.publish(topic, payload, { qos: 1, retain: options.retain ?? false }, (error) => {
          if (error && client.connected) this.#logger.warn({ topic, why: messageOf(error) }, 'a message was refused');
          settle(error && !client.connected ? LOST : (error ?? undefined));
        }),
      );
    });
  }

  subscribe(filter: string, handler: MessageHandler): void {
    this.#subscriptions.add(filter, handler);
    if (this.#client?.connected) this.#subscribeNow(this.#client, filter);
  }

  onState(listener: (connected: boolean) => void): void {
    this.#listeners.push(listener);
    listener(this.#told);
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#waiting();
    const client = this.#client;
    if (!client) return Promise.resolve();
    return new Promise((resolve) => {
      // end() waits for ever for a message whose PUBACK never comes, and a client that is ending takes no second end().
      const cancel = this.#clock.after('mqtt close', deadlineMs, () => {
        client.stream.destroy();
        resolve();
      });
      client.end(!client.connected, {}, () => {
        cancel();
        resolve();
      });
    });
  }

  #material(): TlsMaterial {
    return readTlsFiles(this.#options.files ?? NO_FILES, this.#broker.tls);
  }

  #connect(material: TlsMaterial): void {
    const client = mqtt.connect(this.#options.url, clientOptions(this.#options, this.#versions.version, material));
    this.#client = client;
    let connectedAt: number | null = null;
    let cause: unknown;
    const note = (error: unknown): void => {
      cause ??= error;
    };
    client.handleMessage = (packet, done) => {
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      void this.#subscriptions.handle(packet.topic, payload, packet.retain).finally(() => done());
    };
    client.stream.on('error', note);
    client.on('error', note);
    client.on('disconnect', ({ reasonCode }) => note(new Error(`the broker ended it with reason ${reasonCode}`)));
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NO_MATCHING_SUBSCRIBERS) this.counts.unheard++;
    });
    client.on('connect', (connack) => {
      connectedAt = this.#clock.mono();
      this.#connected(client, connack, material);
    });
    client.once('close', () => {
      this.#client = null;
      this.#inFlight.lose(LOST);
      this.#tell(false);
      if (this.#closed) return;
      if (connectedAt === null) this.#refused(cause);
      else this.#lost(cause, this.#clock.mono() - connectedAt);
    });
  }

  #connected(client: MqttClient, connack: IConnackPacket, material: TlsMaterial): void {
    const { counts } = this;
    this.#versions.connected();
    this.#inFlight.limit(connack.properties?.receiveMaximum);
    if (this.#options.session === 'kept' && counts.connections > 0 && !connack.sessionPresent) {
      counts.sessionsLost++;
      this.#logger.warn(
        { broker: this.#broker.name, client: this.#options.clientId },
        'the broker has forgotten the session and what waited in it; whoever sent it sends it again',
      );
    }
    counts.connections++;
    for (const ending of endingSoon(client.stream, material, this.#clock.now())) {
      this.#logger.warn({ broker: this.#broker.name, ...ending }, 'a certificate ends soon; renew it');
    }
    for (const filter of this.#subscriptions.filters) this.#subscribeNow(client, filter);
    this.#tell(true);
  }

  #newWaits(): Iterator<number, never> {
    const { longestWaitMs: capMs = LONGEST_WAIT_MS } = this.#options;
    return backoff({ firstMs: Math.min(FIRST_WAIT_MS, capMs), capMs, jitter: 0.5 }, this.#random);
  }

  #lost(cause: unknown, afterMs: number): void {
    if (afterMs >= STEADY_MS) this.#waits = this.#newWaits();
    const why = cause === undefined ? 'the connection was closed' : messageOf(cause);
    this.#again('the broker is lost', { why });
  }

  /** The attempt ended before the broker let this client in. */
  #refused(cause: unknown): void {
    const explained = explain(cause, this.#broker.tls);
    const { failure } = explained;
    this.#count(failure);
    if (failure === 'closed') this.#versions.unanswered();
    if (failure === 'version' && this.#versions.refused()) this.#reconnect();
    else this.#again('cannot reach the broker', { ...explained, detail: cause === undefined ? '' : messageOf(cause) });
  }

  #again(message: string, fields: Partial<Explained> & { detail?: string }): void {
    const waitMs = this.#waits.next().value;
    this.#logger.warn({ broker: this.#broker.name, ...fields, waitMs }, message);
    this.#waiting = this.#clock.after('reconnect', waitMs, () => this.#reconnect());
  }

  #reconnect(): void {
    let material: TlsMaterial;
    try {
      material = this.#material();
    } catch (error) {
      this.#count('files');
      this.#again('cannot reach the broker', { failure: 'files', why: messageOf(error) });
      return;
    }
    this.#connect(material);
  }

  #count(failure: Failure): void {
    this.counts.failures.set(failure, (this.counts.failures.get(failure) ?? 0) + 1);
  }

  #subscribeNow(client: MqttClient, filter: string): void {
    client.subscribe(filter, { qos: 1 }, (error) => {
      if (error && client.connected) this.#logger.error({ filter, why: messageOf(error) }, 'cannot subscribe');
    });
  }

  #tell(connected: boolean): void {
    if (connected === this.#told) return;
    this.#told = connected;
    for (const listener of this.#listeners) listener(connected);
  }
}

const LOST = new Error('the connection was lost');
