import type { Replay } from '#contract/replay.ts';
import { topic } from '#contract/topics.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import type { ReplayRequest, ReplayStore } from '#stores/replay-store.ts';
import type { CollectorWatch } from './collector-watch.ts';

interface DispatchParts {
  readonly replays: ReplayStore;
  readonly registry: RegistryIndex;
  readonly collectors: Pick<CollectorWatch, 'heard'>;
  readonly mqtt: Pick<MqttPort, 'publish' | 'onState'>;
  readonly logger: Logger;
}

/**
 * Brings requests to send again to the collectors, the oldest of each one first, as a retained message that waits for
 * those that are away. A collector that names a request in its status has taken it: the message is emptied, and the
 * request is done.
 */
export class ReplayDispatch {
  readonly #parts: DispatchParts;
  /** Request that the broker holds for a collector, as far as this connection knows. */
  readonly #sent = new Map<string, string>();
  readonly #strangers = new Set<string>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    // The broker may have forgotten what it held.
    parts.mqtt.onState(() => this.#sent.clear());
  }

  /** Looks what there is to do; to be called every second or so. */
  async tick(): Promise<void> {
    const first = new Map<string, ReplayRequest>();
    for (const request of await this.#parts.replays.open()) {
      if (!first.has(request.collector)) first.set(request.collector, request);
    }
    for (const request of first.values()) {
      const { collector, id } = request;
      const district = this.#parts.registry.registry.collectors.find((each) => each.id === collector)?.district;
      if (district === undefined) this.#tellStranger(request);
      else if (this.#parts.collectors.heard(collector)?.replay?.id === id) await this.#close(request, district);
      else if (this.#sent.get(collector) !== id) await this.#send(request, district);
    }
  }

  async #send({ id, collector, since }: ReplayRequest, district: string): Promise<void> {
    const message: Replay = { v: 1, id, since };
    if (await this.#publish(district, collector, JSON.stringify(message))) this.#sent.set(collector, id);
  }

  /** Empties the message first: after a crash in between, the request is still open and this is done again. */
  async #close({ id, collector }: ReplayRequest, district: string): Promise<void> {
    const { replays, collectors, logger } = this.#parts;
    const told = collectors.heard(collector)?.replay;
    if (!told || !(await this.#publish(district, collector, ''))) return;
    this.#sent.delete(collector);
    await replays.taken(id, told.at, told.rows);
    logger.info({ collector, request: id, rows: told.rows }, 'the collector sends again what it holds');
  }

  async #publish(district: string, collector: string, payload: string): Promise<boolean> {
    const { mqtt, logger } = this.#parts;
    try {
      await mqtt.publish(topic(district, collector, 'down/replay'), payload, { retain: true });
      return true;
    } catch (err) {
      logger.debug({ collector, why: messageOf(err) }, 'a request to send again was not sent; it is tried again');
      return false;
    }
  }

  #tellStranger({ id, collector }: ReplayRequest): void {
    if (this.#strangers.size === this.#strangers.add(id).size) return;
    this.#parts.logger.warn({ collector, request: id }, 'a collector that is to send again is not in the registry');
  }
}
