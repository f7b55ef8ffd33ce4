import { Compile } from 'typebox/compile';
import { CollectorStatus } from '#contract/status.ts';
import { parseTopic } from '#contract/topics.ts';
import type { Logger } from '#platform/logger.ts';
import type { StatusStore } from '#stores/state-store.ts';

const schema = Compile(CollectorStatus);

/** Keeps what collectors say of themselves; a lost collector is spoken for by its last will. */
export class CollectorWatch {
  readonly #store: StatusStore;
  readonly #logger: Logger;
  /** The process that spoke last for each collector, and what it said. */
  readonly #last = new Map<string, Pick<CollectorStatus, 'instance' | 'online'>>();

  constructor(store: StatusStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
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
    const last = this.#last.get(collector);
    // A predecessor's last will may come after its successor has spoken.
    if (!status.online && last?.online && last.instance !== status.instance) return;
    this.#last.set(collector, status);
    if (last?.online !== status.online) {
      const { host, spool } = status;
      if (status.online) this.#logger.info({ collector, host, spooled: spool.rows }, 'the collector is online');
      else this.#logger.warn({ collector, host }, 'the collector is offline');
    }
    await this.#store.save(district, collector, status);
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
