import { Compile } from 'typebox/compile';
import { Ack } from '#contract/ack.ts';
import { Job } from '#contract/job.ts';
import type { Plan } from '#contract/plan.ts';
import { Replay } from '#contract/replay.ts';
import { CollectorStatus } from '#contract/status.ts';
import { type Channel, topic } from '#contract/topics.ts';
import { addDays, dateOf } from '#contract/zone.ts';
import { type Cancel, type Clock, every } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import { Field } from './field.ts';
import { DialIns } from './lines/dial-in-listeners.ts';
import type { MissingFile } from './missing-file.ts';
import type { PlanFile } from './plan-file.ts';
import { PlanIntake } from './plan-intake.ts';
import { longestReportDays } from './schedule/horizon.ts';
import { JobQueue } from './schedule/job-queue.ts';
import { Progress } from './schedule/progress.ts';
import { Results } from './schedule/results.ts';
import { SteadyClock } from './schedule/steady-clock.ts';
import type { Spool } from './spool/spool.ts';
import { Uplink } from './spool/uplink.ts';
import { type Identity, NO_WORK, statusOf, type Work } from './status.ts';
import { mustGiveWay } from './twin.ts';

const STATUS_MS = 30_000;
/** After a change the status is told this much later, so that a burst of changes is one message. */
const STATUS_SOON_MS = 1000;
const HOUSEKEEPING_MS = 3_600_000;
const UPKEEP_MS = 60_000;
/** A retained message comes right after the subscription; this leaves room for a slow network. */
const HEAR_ACK_MS = 2000;

const ackSchema = Compile(Ack);
const jobSchema = Compile(Job);
const replaySchema = Compile(Replay);
const statusSchema = Compile(CollectorStatus);

export interface CollectorParts {
  readonly id: string;
  readonly district: string;
  readonly spool: Spool;
  readonly planFile: PlanFile;
  readonly missing: MissingFile;
  /** Address on which terminals dial in. */
  readonly dialInHost: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly uplink: { readonly window: number; readonly resendMs: number };
  /** The process must end; `next` of a MeterwayError tells how. */
  readonly onFatal: (error: unknown) => void;
}

/** The collector: a field at work, its spool, and the talk with the centre. */
export class Collector {
  readonly #parts: CollectorParts;
  readonly #identity: Identity;
  readonly #mqtt: MqttPort;
  readonly #uplink: Uplink;
  readonly #steady: SteadyClock;
  readonly #jobs: JobQueue;
  readonly #intake: PlanIntake;
  readonly #dialIns: DialIns;
  readonly #field: Field;
  readonly #stops: Cancel[] = [];
  /** Of the plan's time zone, from the first plan on. */
  #ledger: { readonly zone: string; readonly progress: Progress; readonly results: Results } | null = null;
  /** Version of the newest plan that was taken, at work or about to be. */
  #newest: string | null = null;
  #swapping: Promise<void> = Promise.resolve();
  #soon: Cancel | null = null;
  #isStopped = false;

  constructor(parts: CollectorParts, mqtt: MqttPort, identity: Identity) {
    this.#parts = parts;
    this.#identity = identity;
    this.#steady = new SteadyClock(parts.clock);
    this.#mqtt = mqtt;
    const { spool, clock, logger, uplink } = parts;
    this.#jobs = new JobQueue({ sink: spool, clock, logger, onLost: parts.onFatal });
    this.#intake = new PlanIntake(parts);
    this.#dialIns = new DialIns({ clock, logger, host: parts.dialInHost, zone: () => this.#ledger?.zone ?? 'UTC' });
    this.#field = new Field({
      ...parts,
      jobs: this.#jobs,
      dialIns: this.#dialIns,
      steady: this.#steady,
      onBroken: parts.onFatal,
    });
    this.#uplink = new Uplink({
      spool,
      clock,
      logger,
      ...uplink,
      hearMs: HEAR_ACK_MS,
      send: (text) => mqtt.publish(this.#topic('up/rows'), text),
    });
  }

  get inFlight(): number {
    return this.#uplink.inFlight;
  }

  get acked(): number {
    return this.#uplink.acked;
  }

  /** Resolves when the newest plan is at work. */
  get swapped(): Promise<void> {
    return this.#swapping;
  }

  /** Starts from the stored plan and talks to the centre from then on. */
  start(): void {
    const { logger, clock } = this.#parts;
    const stored = this.#intake.stored();
    if (stored) this.#swapTo(stored);
    else logger.info({}, 'no plan yet; waiting for the centre to send one');
    this.#mqtt.subscribe(this.#topic('down/plan'), (_topic, payload) =>
      this.#takePlan(Buffer.from(payload).toString()),
    );
    this.#mqtt.subscribe(this.#topic('down/ack'), (_topic, payload, retained) =>
      this.#takeAck(Buffer.from(payload).toString(), retained),
    );
    this.#mqtt.subscribe(this.#topic('down/job'), (_topic, payload) => this.#takeJob(Buffer.from(payload).toString()));
    this.#mqtt.subscribe(this.#topic('down/replay'), (_topic, payload) =>
      this.#takeReplay(Buffer.from(payload).toString()),
    );
    this.#mqtt.subscribe(this.#topic('up/status'), (_topic, payload, retained) =>
      this.#hearTwin(Buffer.from(payload).toString(), retained),
    );
    this.#mqtt.onState((connected) => {
      this.#uplink.connection(connected);
      if (connected) this.#tellSoon();
    });
    this.#stops.push(every({ clock, logger, name: 'status', ms: STATUS_MS }, () => this.#tell()));
    this.#stops.push(every({ clock, logger, name: 'housekeeping', ms: HOUSEKEEPING_MS }, () => this.#forget()));
    this.#stops.push(every({ clock, logger, name: 'spool upkeep', ms: UPKEEP_MS }, () => this.#parts.spool.upkeep()));
  }

  /** Stops polling, then says that it is offline. The spool is left to the caller. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    this.#soon?.();
    await this.#swapping;
    await this.#field.stop();
    await this.#dialIns.close();
    this.#jobs.stop();
    this.#uplink.stop();
    await this.#mqtt
      .publish(this.#topic('up/status'), JSON.stringify(await this.status(false)), { retain: true })
      .catch(() => {});
  }

  addresses(most: number): ReturnType<Field['addresses']> {
    return this.#field.addresses(most);
  }

  status(online: boolean): Promise<CollectorStatus> {
    const { spool, clock } = this.#parts;
    return statusOf(this.#identity, spool, clock, online, this.#work);
  }

  get #work(): Work {
    const { refused: planRefused } = this.#intake;
    const { plan, open, lines } = this.#field;
    if (!this.#ledger || !plan) return { ...NO_WORK, planRefused };
    return { planVersion: plan.version, planRefused, ...this.#ledger.results.counts, open, lines };
  }

  #topic(channel: Channel): string {
    return topic(this.#parts.district, this.#parts.id, channel);
  }

  #takePlan(text: string): void {
    // The broker has it retained for the next start.
    if (this.#isStopped) return;
    const plan = this.#intake.take(text, this.#newest);
    if (plan) this.#swapTo(plan);
    this.#tellSoon();
  }

  /** Nobody waits for it: the lines of the old plan may wait for a disk that only the next ack frees. */
  #swapTo(plan: Plan): void {
    this.#newest = plan.version;
    this.#swapping = this.#swapping.then(() => this.#use(plan)).catch((error: unknown) => this.#parts.onFatal(error));
  }

  async #use(plan: Plan): Promise<void> {
    const { spool, logger, onFatal } = this.#parts;
    if (this.#ledger?.zone !== plan.timeZone) {
      // The slots of another zone are others: no line may settle one while the marks are exchanged.
      await this.#field.stop();
      const progress = new Progress(plan.timeZone, await spool.progress(plan.timeZone));
      this.#ledger = { zone: plan.timeZone, progress, results: new Results(spool, progress, onFatal) };
    }
    const kinds = new Map(plan.tasks.map(({ id, kind }) => [id, kind]));
    spool.classifyBy((task) => kinds.get(task) ?? null);
    await this.#field.use(plan, this.#ledger);
    logger.info(
      { plan: plan.version, lines: plan.lines.length, meters: plan.meters.length, tasks: plan.tasks.length },
      'working by plan',
    );
    this.#tellSoon();
  }

  async #takeAck(text: string, retained: boolean): Promise<void> {
    const ack: unknown = JSON.parse(text);
    if (ackSchema.Check(ack)) await this.#uplink.acknowledge(ack, retained);
    else this.#parts.logger.error({}, 'an ack does not fit the schema and is ignored');
  }

  #takeJob(text: string): void {
    if (this.#isStopped) return;
    const job: unknown = JSON.parse(text);
    if (jobSchema.Check(job)) this.#jobs.take(job);
    else this.#parts.logger.error({}, 'a job does not fit the schema and is ignored');
  }

  /** Nobody waits for it: a large spool is gone through before the first result is sent again. */
  #takeReplay(text: string): void {
    // What was asked for is done or withdrawn.
    if (this.#isStopped || text === '') return;
    const replay: unknown = JSON.parse(text);
    if (!replaySchema.Check(replay)) {
      this.#parts.logger.error({}, 'a request to send again does not fit the schema and is ignored');
      return;
    }
    this.#uplink.replay(replay.id, replay.since).then(
      () => this.#tellSoon(),
      (err: unknown) => this.#parts.logger.error({ err }, 'cannot send again what the centre has asked for'),
    );
  }

  #hearTwin(text: string, retained: boolean): void {
    const heard: unknown = JSON.parse(text);
    if (!statusSchema.Check(heard)) return;
    if (!mustGiveWay(this.#identity, heard, retained)) {
      // A twin must hear that this one is there; the late last will of a predecessor is not the last word.
      if (heard.instance !== this.#identity.instance) this.#tellSoon();
      return;
    }
    this.#parts.onFatal(
      new MeterwayError(
        `cannot go on: another collector with the id ${this.#parts.id} is running on ${heard.host}; ` +
          'each process needs an id of its own (METERWAY_COLLECTOR_ID)',
        { code: 'collector_twin' },
      ),
    );
  }

  #tellSoon(): void {
    if (this.#isStopped) return;
    this.#soon ??= this.#parts.clock.after('status soon', STATUS_SOON_MS, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    this.#soon?.();
    this.#soon = null;
    try {
      const status = JSON.stringify(await this.status(true));
      // That it is offline is the last that is heard of it.
      if (!this.#isStopped) await this.#mqtt.publish(this.#topic('up/status'), status, { retain: true });
    } catch (err) {
      this.#parts.logger.debug({ err }, 'the status was not told');
    }
  }

  async #forget(): Promise<void> {
    const { clock, spool } = this.#parts;
    const { plan } = this.#field;
    if (!this.#ledger || !plan) return;
    const days = longestReportDays(plan.tasks) + 1;
    const date = addDays(dateOf(this.#ledger.zone, clock.now()), -days);
    this.#ledger.progress.forgetBefore(date);
    await spool.forgetBefore(date);
  }
}
