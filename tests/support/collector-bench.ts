import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realSleep } from 'node:timers/promises';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import type { Plan } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import { type Channel, topic } from '#contract/topics.ts';
import { Collector } from '../../collector/collector.ts';
import { MissingFile } from '../../collector/missing-file.ts';
import { PlanFile } from '../../collector/plan-file.ts';
import { Spool } from '../../collector/spool/spool.ts';
import { newIdentity } from '../../collector/status.ts';
import { ackOf, advance, freshMark } from '../../gateway/ingest/marks.ts';
import { planFor } from '../../gateway/registry/plans.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import { buildDistrict, type DistrictPlan } from '../../simulators/district/build.ts';
import { siteFileText } from '../../simulators/district/site-file.ts';
import { type StartedLines, startLines } from '../../simulators/lines/start-lines.ts';
import { World } from '../../simulators/world/world.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryMqtt } from './memory-mqtt.ts';
import type { Held } from './oracle.ts';
import { quietLogger } from './quiet-logger.ts';

/** So long that only the clock of the test could end it: replies come over real sockets. */
const PATIENT = { replyTimeoutMs: 120_000, byteGapMs: 10_000, pauseMs: 0, quietMs: 0 } as const;

/** A centre that keeps what it is sent, and acks when it is asked to. */
export class ToyCentre {
  readonly held = new Map<string, Held & { readonly task: string }>();
  readonly outcomes: string[] = [];
  /** Rows of readings, repetitions included. */
  rows = 0;
  mark = freshMark('c1', '');

  receive(payload: string): void {
    const decoded = decodeEnvelope(Buffer.from(payload));
    if (!decoded.ok) throw new Error(decoded.why);
    const { epoch, seq, count, oldest, batches, rejects } = decoded.envelope;
    if (rejects.length > 0) throw new Error(rejects[0]?.why);
    for (const batch of batches) {
      if (batch.stream === 'outcome') {
        for (const row of batch.rows) this.outcomes.push(`${row.meter} ${batch.task} ${row.reason}`);
      }
      if (batch.stream !== 'reading') continue;
      for (const row of batch.rows) {
        const values = Object.fromEntries(batch.quantities.map((name, i) => [name, row.values[i] ?? null]));
        this.held.set(`${batch.task} ${row.meter} ${row.slot}`, { ...row, task: batch.task, values });
        this.rows++;
      }
    }
    this.mark = advance({ ...this.mark, epoch }, seq, seq + count - 1, oldest);
  }

  get ack(): string {
    return JSON.stringify(ackOf(this.mark));
  }
}

/** A simulated district, a broker and a centre in memory, one clock for all of them, and collectors on real files. */
export class CollectorBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'meterway-collector-'));
  readonly clock: ManualClock;
  readonly world: World;
  readonly mqtt = new MemoryMqtt();
  readonly centre = new ToyCentre();
  readonly logger = quietLogger();
  readonly fatal: unknown[] = [];
  plan!: Plan;
  spool!: Spool;
  collector!: Collector;
  #lines: StartedLines | null = null;
  #running = false;

  private constructor(now: number, district: DistrictPlan) {
    this.clock = new ManualClock(now);
    this.world = new World(buildDistrict(district));
    this.mqtt.onPublished = (message) => {
      if (message.topic.endsWith('up/rows')) this.centre.receive(message.payload);
    };
  }

  /** Everything but the collector is there; the plan is drawn but nobody has it. */
  static async open(now: number, district: DistrictPlan, tasks: readonly Task[]): Promise<CollectorBench> {
    const bench = new CollectorBench(now, district);
    const { clock, world, folder } = bench;
    // Whole milliseconds, as wall clocks have them.
    const after = (ms: number, run: () => void) => clock.after('sim', Math.ceil(ms), run);
    const simClock = { now: () => clock.now(), after };
    bench.#lines = await startLines({ world, clock: simClock, ports: {}, ptyFolder: folder });
    const site = parseSite('site.yaml', siteFileText(world.spec, bench.#lines.endpoints), now);
    const registry = { ...site, tasks };
    const [collector] = registry.collectors;
    if (!collector) throw new Error('no collector');
    const plan = planFor(registry, collector);
    bench.plan = { ...plan, lines: plan.lines.map((line) => ({ ...line, timing: PATIENT })) };
    return bench;
  }

  get planPath(): string {
    return join(this.folder, 'data', 'plan.json');
  }

  get id(): string {
    return this.plan.collector;
  }

  topic(channel: Channel): string {
    return topic(this.plan.district, this.id, channel);
  }

  /** Starts a collector on the files of the one before it. */
  async start(): Promise<void> {
    const { clock, logger } = this;
    mkdirSync(join(this.folder, 'data'), { recursive: true });
    this.spool = await Spool.open(join(this.folder, 'data', 'spool.sqlite'), { clock, commitMs: 20, logger });
    this.collector = new Collector(
      {
        id: this.id,
        district: this.plan.district,
        spool: this.spool,
        planFile: new PlanFile(this.planPath, this.id),
        missing: new MissingFile(join(this.folder, 'data', 'missing.json'), { clock, logger }),
        dialInHost: '127.0.0.1',
        clock,
        logger,
        uplink: { window: 4, resendMs: 30_000 },
        onFatal: (error) => this.fatal.push(error),
      },
      this.mqtt,
      newIdentity(clock, '0.0.0'),
    );
    this.collector.start();
    await this.#whileRunning(this.collector.swapped);
    this.#running = true;
  }

  /** Ends the collector as a stopped process would. One that has given up already need not end well. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    const hasFailed = this.fatal.length > 0;
    for (const end of [() => this.collector.stop(), () => this.spool.close()]) {
      await this.#whileRunning(end()).catch((error: unknown) => {
        if (!hasFailed) throw error;
      });
    }
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#lines?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Brings a plan to the collector and lets the clock run until it is at work. */
  deliverPlan(plan: Plan = this.plan): Promise<void> {
    const taken = this.mqtt.deliver(this.topic('down/plan'), JSON.stringify(plan)).then(() => this.collector.swapped);
    return this.#whileRunning(taken);
  }

  /** Lets time pass, with real sockets and the real disk given their turns. */
  async pass(ms: number, stepMs = 1000): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(Math.min(stepMs, ms - passed));
      await realSleep(1);
    }
  }

  /** Lets time pass until something is so; at most `mostMs` of the test's clock. */
  async until(what: string, holds: () => boolean | Promise<boolean>, mostMs = 120_000): Promise<void> {
    const end = this.clock.mono() + mostMs;
    while (!(await holds())) {
      if (this.clock.mono() > end) throw new Error(`waited in vain until ${what}`);
      await this.pass(50, 50);
    }
  }

  async #whileRunning<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const settled = work.finally(() => {
      over = true;
    });
    settled.catch(() => {});
    while (!over) await this.pass(20, 20);
    return settled;
  }
}
