import { modelsWith } from '#contract/models.ts';
import type { Plan } from '#contract/plan.ts';
import type { AddressStatus, LineStatus } from '#contract/status.ts';
import { isSane } from '#platform/clock.ts';
import { LineAtWork, type LineParts, linesOf } from './line-at-work.ts';
import { modbusProfilesWith } from './profiles/modbus-catalogue.ts';
import type { Catalogue } from './schedule/admission.ts';
import type { JobQueue } from './schedule/job-queue.ts';

export interface FieldParts extends Omit<LineParts, 'progress' | 'results' | 'jobs' | 'collectingSince'> {
  readonly jobs: Pick<JobQueue, 'line' | 'usePlan'>;
}

/** What the models of a plan are: those that everybody knows, and those that it brings. */
export function catalogueOf({ profiles }: Pick<Plan, 'profiles'>): Catalogue {
  return { modelOf: modelsWith(profiles), profileOf: modbusProfilesWith(profiles) };
}

/** All lines of one plan at work, until stopped. */
export class Field {
  readonly #parts: FieldParts;
  readonly #lines = new Map<string, LineAtWork>();
  readonly #started: { readonly wall: number; readonly mono: number };
  #plan: Plan | null = null;

  constructor(parts: FieldParts) {
    this.#parts = parts;
    this.#started = { wall: parts.clock.now(), mono: parts.clock.mono() };
  }

  /** The plan at work, or null before the first one. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /**
   * By the present clock, unless that has jumped ahead since: what lies between was not missed for want of a collector.
   */
  get #collectingSince(): number {
    const { clock } = this.#parts;
    const { wall, mono } = this.#started;
    const since = clock.now() - (clock.mono() - mono);
    return isSane(wall) ? Math.min(wall, since) : since;
  }

  get lines(): LineStatus[] {
    return [...this.#lines.values()].map((line) => line.status);
  }

  /** Due reads without a value or a final reason. */
  get open(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.open, 0);
  }

  /** Every address that was read, or null when the plan has more than `most`. */
  addresses(most: number): (AddressStatus & { readonly line: string })[] | null {
    const lines = [...this.#lines.values()];
    if (lines.reduce((sum, { work }) => sum + work.meters.length, 0) > most) return null;
    return lines.flatMap((line) => line.addresses);
  }

  /**
   * Works by this plan from now on. A line that is the same in both goes on undisturbed; of a changed one the request
   * at work is given up and what was due stays due. Resolves when the new lines have begun.
   */
  async use(plan: Plan, ledger: Pick<LineParts, 'progress' | 'results'>): Promise<void> {
    const { jobs, missing } = this.#parts;
    const wanted = new Map(linesOf(plan).map((work) => [work.line.id, work]));
    const stopped = new Map<string, LineAtWork>();
    for (const [id, running] of this.#lines) {
      if (wanted.get(id)?.signature !== running.work.signature) stopped.set(id, running);
    }
    for (const id of stopped.keys()) this.#lines.delete(id);
    await Promise.all([...stopped.values()].map((line) => line.stop()));
    missing.adopt(plan.meters);
    jobs.usePlan(plan);
    const catalogue = catalogueOf(plan);
    for (const [id, work] of wanted) {
      if (this.#lines.has(id)) continue;
      const parts = { ...this.#parts, ...ledger, collectingSince: () => this.#collectingSince };
      this.#lines.set(id, new LineAtWork(plan, work, catalogue, parts, stopped.get(id)));
    }
    this.#plan = plan;
  }

  /** Resolves when every line has ended its request and closed its link. */
  async stop(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.stop()));
  }
}
