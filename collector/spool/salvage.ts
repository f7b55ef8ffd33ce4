import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { Statement } from '#platform/sqlite/protocol.ts';
import { sealed, unsealed } from './checksum.ts';
import type { Rescued } from './salvage-thread.ts';
import { metaStatement } from './state.ts';
import type { Appended } from './statements.ts';

const KEY = 'salvage';

interface Position {
  readonly path: string;
  /** The next row to be looked at; null when the file is through. */
  readonly from: number | null;
  readonly saved: number;
  readonly changed: number;
  readonly unreadable: number;
}

interface Parts {
  /** A damaged file that nobody has looked at yet. */
  readonly aside: string | null;
  readonly meta: ReadonlyMap<string, string>;
  readonly logger: Logger;
  readonly put: (rescued: Appended) => Promise<void>;
}

/**
 * Brings what can be read of a damaged spool file into the new one, where it is sent as if nobody had committed it: what
 * the centre has, it takes for a repetition. Only records whose checksum is right are taken. The marks of settled slots
 * are left behind: one whose result is lost would hide the loss, so those slots are read again. It goes on beside
 * collection, a chunk at a time, and after a restart from where it was.
 */
export class Salvage {
  readonly #parts: Parts;
  #position: Position | null;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    const text = unsealed(parts.meta.get(KEY) ?? '');
    if (text) this.#position = JSON.parse(text) as Position;
    else this.#position = parts.aside ? { path: parts.aside, from: 1, saved: 0, changed: 0, unreadable: 0 } : null;
  }

  /** Resolves when it is through or stopped. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** What is to be written before it starts. */
  note(): Statement[] {
    return this.#position ? [noteOf(this.#position)] : [];
  }

  start(): void {
    const position = this.#position;
    if (!position || position.from === null || !existsSync(position.path)) return;
    this.#ended = this.#run(position, position.from).catch((err: unknown) => {
      if (this.#stopped) return;
      this.#parts.logger.error(
        { err, aside: position.path },
        'cannot save what the damaged spool held; the next start goes on',
      );
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(begun: Position, from: number): Promise<void> {
    const { logger, put } = this.#parts;
    const worker = new Worker(new URL('./salvage-thread.ts', import.meta.url), {
      workerData: { path: begun.path, from },
    });
    let position = begun;
    let why: string | null = null;
    try {
      while (position.from !== null && !this.#stopped) {
        const rescued = await ask(worker);
        const { records, changed, unreadable, next } = rescued;
        why = rescued.why;
        position = {
          ...position,
          from: next,
          saved: position.saved + records.length,
          changed: position.changed + changed,
          unreadable: position.unreadable + unreadable,
        };
        await put({
          records: records.map(({ record }) => record),
          writtenAt: records.map(({ at }) => at),
          settled: [],
          damaged: changed,
          also: [noteOf(position)],
        });
      }
    } finally {
      await worker.terminate();
    }
    if (position.from !== null) return;
    const { path: aside, saved, changed, unreadable } = position;
    logger.warn(
      { aside, saved, changed, unreadable, why },
      `${saved} records were saved from the damaged spool; ${unreadable} ranges could not be read, ${changed} records were changed`,
    );
  }
}

function noteOf(position: Position): Statement {
  return metaStatement(KEY, sealed(JSON.stringify(position)));
}

async function ask(worker: Worker): Promise<Rescued> {
  worker.postMessage('next');
  try {
    const [rescued] = (await once(worker, 'message')) as [Rescued];
    return rescued;
  } catch (cause) {
    throw new MeterwayError(`cannot read the damaged spool: ${messageOf(cause)}`, { code: 'spool_salvage', cause });
  }
}
