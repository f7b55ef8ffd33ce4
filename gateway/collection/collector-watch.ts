import { Compile } from 'typebox/compile';
import type { Registry } from '#contract/registry.ts';
import { CollectorStatus } from '#contract/status.ts';
import { parseTopic } from '#contract/topics.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { StatusStore } from '#stores/state-store.ts';

/** Names that are remembered, and told. */
const MAX_STRANGERS = 1000;

const schema = Compile(CollectorStatus);

type Heard = Pick<CollectorStatus, 'instance' | 'online' | 'replay'>;

/** Keeps what collectors of the registry say of themselves; a lost one is spoken for by its last will. */
export class CollectorWatch {
  readonly #store: StatusStore;
  /** District of each collector of the registry. */
  readonly #districts: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #strangers = new Set<string>();
  /** The process that spoke last for each collector, and what it said. */
  readonly #last = new Map<string, Heard>();

  constructor(store: StatusStore, registry: Pick<Registry, 'collectors'>, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#districts = new Map(registry.collectors.map(({ id, district }) => [id, district]));
    this.#clock = clock;
    this.#logger = logger;
  }

  /** What a collector said last to this process, or undefined when it has not been heard yet. */
  heard(collector: string): Heard | undefined {
    return this.#last.get(collector);
  }

  /** Takes a message from `up/status`. */
  async receive(topicName: string, bytes: Uint8Array): Promise<void> {
    const sender = parseTopic(topicName);
    if (sender?.channel !== 'up/status') return;
    const status = parsed(bytes);
    if (!schema.Check(status)) {
      this.#logger.warn({ topic: topicName }, 'a status does not fit the schema and is ignored');
      return;
    }
    const { district, collector } = sender;
    if (this.#districts.get(collector) !== district) return this.#tellStranger(district, collector);
    const last = this.#last.get(collector);
    // A predecessor's last will may come after its successor has spoken.
    if (!status.online && last?.online && last.instance !== status.instance) return;
    this.#last.set(collector, status);
    if (last?.online !== status.online) {
      const { host, spool } = status;
      if (status.online) this.#logger.info({ collector, host, spooled: spool.rows }, 'the collector is online');
      else this.#logger.warn({ collector, host }, 'the collector is offline');
    }
    await this.#store.save({ district, collector, status, receivedAt: this.#clock.now() });
  }

  /** Once for each: a collector reports twice a minute. */
  #tellStranger(district: string, collector: string): void {
    const name = `${district}/${collector}`;
    if (this.#strangers.has(name) || this.#strangers.size >= MAX_STRANGERS) return;
    this.#strangers.add(name);
    this.#logger.warn({ district, collector }, 'a collector is not in the registry and gets no plan');
  }
}

/** Null when it is no JSON; no status is null. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}
