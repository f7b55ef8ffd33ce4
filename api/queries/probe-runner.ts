import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { SupplyProbes } from './supply-probe.ts';

const STEP_MS = 500;
/** A probe ends by itself before this: its jobs have deadlines. */
const LONGEST_MS = 120_000;

interface Parts {
  readonly probes: SupplyProbes;
  readonly index: () => Promise<RegistryIndex>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes the probes that this process began from step to step, so that their events come without anybody asking. When
 * the process ends meanwhile, the next one who asks for the probe goes on with it.
 */
export class ProbeRunner {
  readonly #parts: Parts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Goes on with a probe until it is done; one that is under way already is left alone. */
  follow(id: string): void {
    if (this.#running.has(id) || this.#stop.signal.aborted) return;
    const running = this.#run(id).finally(() => this.#running.delete(id));
    this.#running.set(id, running);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the process ends'));
    await Promise.all(this.#running.values());
  }

  async #run(id: string): Promise<void> {
    const { probes, index, clock, logger } = this.#parts;
    const until = clock.mono() + LONGEST_MS;
    while (clock.mono() < until && !this.#stop.signal.aborted) {
      try {
        const view = await probes.advance(await index(), id);
        if (!view || view.state === 'done') return;
      } catch (error) {
        // A store that is busy now may not be so at the next step.
        logger.debug({ why: messageOf(error) }, 'a step of a probe is tried again');
      }
      if (this.#stop.signal.aborted) return;
      await clock.sleep('probe', STEP_MS, this.#stop.signal).catch(() => {});
    }
  }
}
