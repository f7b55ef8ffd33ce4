import type { Job as JobMessage } from '#contract/job.ts';
import type { Reason } from '#contract/reasons.ts';
import { topic } from '#contract/topics.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import type { JobStore, StoredJob } from '#stores/job-store.ts';
import type { CollectorWatch } from './collector-watch.ts';

/** After its deadline a job waits this long for what was read in time and is on its way, ms. */
export const GRACE_MS = 5000;
/** After the start of the gateway every collector has this long to be heard of before it counts as offline, ms. */
const HEAR_MS = 10_000;
const KEPT_MS = 30 * 86_400_000;

interface DispatchParts {
  readonly jobs: JobStore;
  readonly registry: RegistryIndex;
  readonly collectors: Pick<CollectorWatch, 'heard'>;
  readonly mqtt: Pick<MqttPort, 'publish'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What one collector has to do for a job. */
interface Part {
  readonly collector: string;
  readonly district: string;
  /** `sent` to this process of the collector; null while it is not, or was lost sight of since. */
  instance: string | null;
  state: 'waiting' | 'sending' | 'sent';
}

/**
 * Brings jobs to the collectors and ends what nobody answers. It begins with nothing but the store: after a restart
 * every open job is sent again, which a collector that has it already takes for the repetition it is. So is a job
 * sent again to a collector that was away: its new process knows nothing of it.
 */
export class JobDispatch {
  readonly #parts: DispatchParts;
  readonly #startedAt: number;
  /** Of each open job. */
  readonly #open = new Map<string, readonly Part[]>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.mono();
  }

  /** Looks what there is to do; to be called every moment. */
  async tick(): Promise<void> {
    const { jobs, clock } = this.#parts;
    const open = await jobs.open();
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#open.keys()) if (!ids.has(id)) this.#open.delete(id);
    for (const job of open) {
      const leftMs = deadlineOf(job) - clock.now();
      if (leftMs <= -GRACE_MS) {
        await this.#end(job, await jobs.openMeters(job.id), null);
      } else if (leftMs > 0) {
        const parts = this.#open.get(job.id) ?? (await this.#begin(job));
        for (const part of parts) await this.#advance(job, part);
      }
    }
  }

  /** Deletes jobs of which nobody asks any more. */
  forget(): Promise<void> {
    return this.#parts.jobs.forgetBefore(this.#parts.clock.now() - KEPT_MS);
  }

  /** Finds the collectors that a job is for. */
  async #begin(job: StoredJob): Promise<readonly Part[]> {
    const { jobs, registry } = this.#parts;
    const byCollector = Map.groupBy(await jobs.openMeters(job.id), (meter) => this.#collectorOf(meter));
    const parts: Part[] = [];
    for (const [collector, meters] of byCollector) {
      const district = registry.registry.collectors.find(({ id }) => id === collector)?.district;
      if (collector !== null && district !== undefined) {
        parts.push({ collector, district, instance: null, state: 'waiting' });
      } else {
        await this.#end(job, meters, { reason: 'not_installed', detail: 'no collector reads this meter' });
      }
    }
    this.#open.set(job.id, parts);
    return parts;
  }

  async #advance(job: StoredJob, part: Part): Promise<void> {
    const { collectors, clock } = this.#parts;
    const heard = collectors.heard(part.collector);
    if (heard?.online) {
      if (part.state === 'waiting' || (part.state === 'sent' && part.instance !== heard.instance)) {
        const meters = await this.#metersOf(job, part);
        if (meters.length > 0) this.#send(job, part, meters, heard.instance);
      }
    } else if (part.state === 'sent') {
      // What it has begun it may still bring; its process, or the message to it, may also be lost.
      part.instance = null;
    } else if (part.state === 'waiting' && (heard || clock.mono() - this.#startedAt >= HEAR_MS)) {
      const meters = await this.#metersOf(job, part);
      await this.#end(job, meters, { reason: 'collector_offline', detail: 'the collector is offline' });
    }
  }

  /** Nobody waits for it: a broker that is slow to confirm must not hold up other jobs. */
  #send(job: StoredJob, part: Part, meters: readonly string[], instance: string): void {
    const { mqtt, jobs, logger, clock } = this.#parts;
    const message: JobMessage = {
      v: 1,
      id: job.id,
      at: job.createdAt,
      deadlineAt: deadlineOf(job),
      timeoutS: Math.max(1, Math.ceil((deadlineOf(job) - clock.now()) / 1000)),
      kind: job.kind,
      items: [...job.items],
      slot: job.slot,
      meters: [...meters],
      ...(job.retry && { task: job.retry.task }),
    };
    part.state = 'sending';
    mqtt
      .publish(topic(part.district, part.collector, 'down/job'), JSON.stringify(message))
      .then(() => {
        part.state = 'sent';
        part.instance = instance;
        return jobs.started(job.id);
      })
      .catch((err: unknown) => {
        if (part.state === 'sending') part.state = 'waiting';
        logger.debug(
          { job: job.id, collector: part.collector, why: messageOf(err) },
          'a job was not sent; it is tried again',
        );
      });
  }

  /** Ends reads for want of a result. Without a reason each gets that of its collector. */
  async #end(
    job: StoredJob,
    meters: readonly string[],
    why: { readonly reason: Reason; readonly detail: string } | null,
  ): Promise<void> {
    const { jobs, clock, logger } = this.#parts;
    const now = clock.now();
    const results = meters.map((meter) => ({
      job: job.id,
      meter,
      slot: job.slot ?? job.createdAt,
      meterTime: null,
      readAt: now,
      values: null,
      ...(why ?? this.#missing(meter)),
    }));
    await jobs.end(results, 'centre', now);
    logger.info(
      { job: job.id, reads: meters.length, reason: why?.reason ?? 'no result in time' },
      'reads on demand are ended',
    );
  }

  #missing(meter: string): { readonly reason: Reason; readonly detail: string } {
    const collector = this.#collectorOf(meter);
    if (collector !== null && this.#parts.collectors.heard(collector)?.online) {
      return { reason: 'deadline_missed', detail: 'the collector has sent no result in time' };
    }
    return { reason: 'collector_offline', detail: 'the collector went offline before it sent a result' };
  }

  async #metersOf(job: StoredJob, { collector }: Part): Promise<string[]> {
    return (await this.#parts.jobs.openMeters(job.id)).filter((meter) => this.#collectorOf(meter) === collector);
  }

  #collectorOf(id: string): string | null {
    const { registry } = this.#parts;
    const meter = registry.meter(id);
    return (meter && registry.line(meter.line)?.collector) ?? null;
  }
}

function deadlineOf({ createdAt, timeoutS }: StoredJob): number {
  return createdAt + timeoutS * 1000;
}
