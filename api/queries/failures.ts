import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { causesOf, type FailureCause, type ShownState } from '#domain/collection/causes.ts';
import { codeNamed } from '#domain/collection/code-names.ts';
import type { CollectorHealth } from '#domain/collection/collector-health.ts';
import { type FailingMeter, type FailureRow, type Overdue, withAttempt } from '#domain/collection/failures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Kept } from '../kept.ts';
import type { DayGrids } from './day-grid.ts';
import { type Case, caseOfCause } from './failure-list.ts';
import { seenInColumns } from './failures-kept.ts';
import { reportedFailing } from './failures-reported.ts';
import { longestRun, type SeenDay, seenInStores } from './failures-seen.ts';
import type { KeptDays } from './kept-days.ts';
import { outagesOf } from './outage-blame.ts';

/** What was worked out holds for so long at least, and ten times as long as it took, unless a day changed, ms. */
const HOLDS_MS = 2000;
const HOLDS_TIMES = 10;
/** For so long after that, the old answer is given once more while it is worked out anew, ms. */
const OLD_MS = 15_000;
const MOST_HELD = 8;

/** Failures of a day: each failing meter under one cause. */
export interface FailureDay {
  /** Most meters first. */
  readonly causes: readonly FailureCause[];
  /** Causes whose meters are all excluded by hand: no failures of the day, only shown when asked for. */
  readonly excluded: readonly FailureCause[];
  readonly seen: SeenDay;
}

interface FailureParts {
  readonly kept: KeptDays;
  readonly grids: DayGrids;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly health: (index: RegistryIndex) => Promise<ReadonlyMap<string, CollectorHealth>>;
}

interface Held {
  readonly signature: string;
  readonly day: Promise<FailureDay>;
  until: number;
  /** True while a newer one is being worked out. */
  isRenewed: boolean;
}

/** What failed, and why: from the kept days, or where a day is not kept from the stores. */
export class FailureQuery {
  readonly #parts: FailureParts;
  readonly #held = new Map<string, Held>();
  #index: RegistryIndex | null = null;
  readonly #retrying: Kept<ReadonlySet<string>>;

  constructor(parts: FailureParts) {
    this.#parts = parts;
    this.#retrying = new Kept(HOLDS_MS, parts.clock, () => this.#beingRead());
  }

  /** Worked out once for all who ask, until the day or one of those before it changes. */
  async of(index: RegistryIndex, task: Task, date: string): Promise<FailureDay> {
    const signature = await this.#signature(task, date);
    if (signature === null) return this.#workOut(index, task, date);
    const { clock } = this.#parts;
    const key = `${task.id} ${date}`;
    // What was worked out by another registry would only keep that one alive.
    if (this.#index !== index) this.#held.clear();
    this.#index = index;
    const known = this.#held.get(key);
    if (known?.signature === signature) {
      if (clock.mono() < known.until) return known.day;
      if (clock.mono() < known.until + OLD_MS) {
        // Nothing of the day changed, only what time and collectors say: the next who asks is told.
        if (!known.isRenewed) {
          known.isRenewed = true;
          void this.#hold(index, task, date, { key, signature });
        }
        return known.day;
      }
    }
    return this.#hold(index, task, date, { key, signature });
  }

  #hold(
    index: RegistryIndex,
    task: Task,
    date: string,
    { key, signature }: { readonly key: string; readonly signature: string },
  ): Promise<FailureDay> {
    const { clock } = this.#parts;
    const known = this.#held.get(key);
    const began = clock.mono();
    const held: Held = {
      signature,
      day: this.#workOut(index, task, date),
      until: Number.POSITIVE_INFINITY,
      isRenewed: false,
    };
    const put = (): void => {
      this.#held.delete(key);
      this.#held.set(key, held);
      for (const old of [...this.#held.keys()].slice(0, -MOST_HELD)) this.#held.delete(old);
    };
    // What is renewed takes the place of the old answer when it is there, what is new at once: others wait for it, too.
    const isRenewal = known?.signature === signature && known.isRenewed;
    if (!isRenewal) put();
    held.day.then(
      () => {
        held.until = clock.mono() + Math.max(HOLDS_MS, HOLDS_TIMES * (clock.mono() - began));
        if (isRenewal && this.#held.get(key) === known) put();
      },
      () => {
        if (known) known.isRenewed = false;
        if (this.#held.get(key) === held) this.#held.delete(key);
      },
    );
    return held.day;
  }

  /**
   * Causes that failed the day before, or in the day's own report, and of whose meters every one that is owed a value
   * has given a good one since.
   */
  async solved(index: RegistryIndex, task: Task, date: string): Promise<FailureCause[]> {
    const { kept, state } = this.#parts;
    const before = await this.of(index, task, addDays(date, -1));
    const report = await state.dayReports.get(task.id, date);
    const unsolved = (await this.of(index, task, date)).seen.unsolved();
    const causes = [...before.causes];
    const [slot] = slotsOfDay(task.calendar, index.registry.timeZone, date);
    if (report && slot !== undefined) {
      const places = await kept.places(index, report.cells.length);
      const codes = report.codes.map(codeNamed);
      const { failing, dueBehind } = reportedFailing(report, codes, places, slot);
      causes.push(...(await this.#causesOf(index, task, date, failing, dueBehind)));
    }
    const found = new Map<string, FailureCause>();
    for (const cause of causes) {
      const key = `${cause.kind} ${cause.id}`;
      if (!found.has(key) && cause.members.every(({ meter }) => !unsolved.has(meter.id))) found.set(key, cause);
    }
    return [...found.values()];
  }

  /** The cases of a day; of the state `solved`, or of meters excluded by hand, only when that state is asked for. */
  async cases(index: RegistryIndex, task: Task, date: string, state: ShownState | null): Promise<Case[]> {
    const { cases } = this.#parts.state;
    const notes = new Map((await cases.all()).map((note) => [note.id, note]));
    const sources = { task: task.id, notes, retrying: await this.#retrying.get() };
    if (state === 'solved') {
      return (await this.solved(index, task, date)).map((cause) => caseOfCause(cause, sources, 'solved'));
    }
    const { causes, excluded } = await this.of(index, task, date);
    const found = causes.map((cause) => caseOfCause(cause, sources));
    return state === 'excluded' ? [...found, ...excluded.map((cause) => caseOfCause(cause, sources, state))] : found;
  }

  /** Failing meters with how their last attempts ended, in the same order. For a page, not for a district. */
  async attempts(task: Task, rows: readonly FailingMeter[]): Promise<FailureRow[]> {
    const told = new Map<FailingMeter, Parameters<typeof withAttempt>[1]>();
    for (const [slot, its] of Map.groupBy(rows, (row) => row.slot)) {
      const ids = its.map(({ meter }) => meter.id);
      const outcomes = await this.#parts.state.ledger.outcomesOfSlot(task.id, slot, ids);
      const byMeter = new Map(outcomes.map((outcome) => [outcome.meter, outcome]));
      for (const row of its) told.set(row, byMeter.get(row.meter.id));
    }
    return rows.map((row) => withAttempt(row, told.get(row)));
  }

  /** Changes when one of the days that are looked at does; null when the day itself is not kept. */
  async #signature(task: Task, date: string): Promise<string | null> {
    const heads = await this.#parts.kept.heads(task.id);
    if (heads.get(date)?.slots.length !== 1) return null;
    const versions: string[] = [];
    for (let back = 0; back < longestRun(task); back++) {
      const head = heads.get(addDays(date, -back));
      versions.push(head ? `${head.version}/${head.rows}` : '-');
    }
    return versions.join(' ');
  }

  async #workOut(index: RegistryIndex, task: Task, date: string): Promise<FailureDay> {
    const { kept, grids, clock } = this.#parts;
    const now = clock.now();
    const zone = index.registry.timeZone;
    const overdue: Overdue = (slot) => now >= instantOf(zone, addDays(dateOf(zone, slot), 1));
    const sources = { kept, now, overdue, health: await this.#parts.health(index) };
    const seen =
      (await seenInColumns(sources, index, task, date)) ?? (await seenInStores(grids, index, task, date, overdue));
    const causes = await this.#causesOf(index, task, date, seen.failing, seen.dueBehind);
    const failing = new Set(causes.map(({ kind, id }) => `${kind} ${id}`));
    const byHand = await this.#causesOf(index, task, date, seen.excludedByHand, () => 0);
    return { causes, excluded: byHand.filter(({ kind, id }) => !failing.has(`${kind} ${id}`)), seen };
  }

  async #causesOf(
    index: RegistryIndex,
    task: Task,
    date: string,
    failing: readonly FailingMeter[],
    dueBehind: SeenDay['dueBehind'],
  ): Promise<FailureCause[]> {
    if (failing.length === 0) return [];
    const { state, clock } = this.#parts;
    const zone = index.registry.timeZone;
    // Nothing is read for the day after the last day of repair.
    const until = Math.min(clock.now(), instantOf(zone, addDays(date, task.repairDays + 1)));
    const outages = await outagesOf(state, task, failing, until);
    return causesOf(failing, {
      placeOf: (meter) => {
        const line = index.line(meter.line);
        return { collector: line?.collector ?? null, concentrator: line?.concentrator ?? null, line: meter.line };
      },
      outageOf: (meter) => outages.of.get(meter.id) ?? null,
      dueBehind: (kind, id) => (kind === 'outage' ? (outages.meters.get(id) ?? 0) : dueBehind(kind, id)),
    });
  }

  async #beingRead(): Promise<ReadonlySet<string>> {
    const { jobs } = this.#parts.state;
    const found = new Set<string>();
    for (const { id } of [...(await jobs.open()), ...(await jobs.openRetries())]) {
      for (const meter of await jobs.openMeters(id)) found.add(meter);
    }
    return found;
  }
}
