import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { FeedEntry } from '#stores/feed-store.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { Checkpoints } from './checkpoints.ts';
import { DayShelf } from './day-shelf.ts';
import { DayWork } from './day-work.ts';
import { DueClasses } from './due-classes.ts';
import type { FeedTaker, Follower, KeptDays } from './follower.ts';
import { type DayVerdict, remakeDay } from './rebuild.ts';
import { Site } from './site.ts';
import { ToldContent } from './told-content.ts';
import { Versions } from './versions.ts';

/** Entries of the feed that are taken in one step; each is a commit of the gateway. */
const ENTRIES_AT_ONCE = 16;
/** Days in memory, bytes: half a dozen of a million meters, and all days of a district. */
const MEMORY_BYTES = 128 * 1024 * 1024;
/** How often outages are looked at again. */
const GROUNDS_MS = 15_000;

export interface KeeperParts {
  readonly state: Pick<
    StateStore,
    'registry' | 'feed' | 'meterRows' | 'ledger' | 'revisions' | 'exclusions' | 'outages'
  >;
  readonly readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly figures: FiguresStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: { readonly keepFiguresDays: number };
  readonly followers: readonly Follower[];
  readonly takers: readonly FeedTaker[];
  readonly memoryBytes?: number;
}

/** What the keeper has done so far. */
export interface KeeperCounts {
  /** Of the feed, or null before anything was kept. */
  readonly position: number | null;
  /** Readings and failures that were taken. */
  readonly rows: number;
  readonly days: number;
  /** Days that are still to be made or looked at again. */
  readonly waiting: number;
  /** How often everything was begun anew. */
  readonly resets: number;
}

/**
 * Keeps the days of the freeze tasks: follows the feed, makes days that are missing from the stores, and puts what
 * changed on disk together with the position in the feed. Everything it does may be broken off anywhere and is done
 * again from the last checkpoint with the same result. A step that rejects changed nothing twice: it may be tried again.
 */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #site: Site;
  readonly #shelf: DayShelf;
  readonly #work: DayWork;
  readonly #told: ToldContent;
  readonly #checkpoints: Checkpoints;
  readonly #dayParts: Omit<Parameters<typeof remakeDay>[0], 'drain'>;
  /** Up to here the feed is in the days in memory. */
  #position: number | null = null;
  #groundsAt = Number.NEGATIVE_INFINITY;
  #resets = 0;
  #forgottenTo = '';
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: KeeperParts) {
    const { state, readings, figures, clock, logger, settings, memoryBytes = MEMORY_BYTES } = parts;
    const { revisions, ledger } = state;
    const sources = { validated: new ValidatedReadings(readings, revisions), readings, revisions, ledger };
    this.#parts = parts;
    this.#site = new Site(state);
    const site = this.#site;
    this.#shelf = new DayShelf(figures, site, memoryBytes, new Versions(clock));
    const shelf = this.#shelf;
    const classes = new DueClasses(state, site);
    this.#work = new DayWork({ shelf, site, classes, sources, clock, logger, keepDays: settings.keepFiguresDays });
    const dayOf = (task: string, slot: number) => this.#work.dayOf(task, slot);
    this.#told = new ToldContent({ shelf, site, classes, sources, dayOf });
    this.#checkpoints = new Checkpoints({ ...parts, shelf });
    this.#dayParts = { shelf, site, classes, work: this.#work, sources };
  }

  /** Whether there is a registry yet; before that, the days have none to show. */
  get isReady(): boolean {
    return this.#site.version !== null;
  }

  get days(): KeptDays {
    return this.#shelf;
  }

  get counts(): KeeperCounts {
    return {
      position: this.#position,
      rows: this.#told.rows,
      days: this.#shelf.size,
      waiting: this.#work.waiting,
      resets: this.#resets,
    };
  }

  /** Does a piece of what there is to do; false when there was nothing. */
  step(): Promise<boolean> {
    return this.inTurn(() => this.#step(false));
  }

  /** Resolves when everything that the stores hold is in the days and on disk. */
  catchUp(): Promise<void> {
    return this.inTurn(async () => {
      this.#groundsAt = Number.NEGATIVE_INFINITY;
      while (await this.#step(true));
    });
  }

  /**
   * Makes every day anew from the stores and compares it with what was kept; `check` leaves the kept ones as they are.
   * Between two days the feed goes on. Followers and takers are given everything again.
   */
  async rebuild(check: boolean, onDay: (day: DayVerdict, left: number) => void): Promise<void> {
    await this.inTurn(async () => {
      await this.#begin();
      if (await this.#look()) return this.#drain();
      throw new MeterwayError('cannot make figures: no registry is stored; start the gateway', { code: 'no_registry' });
    });
    const days = this.#work.expected;
    for (const [i, day] of days.entries()) {
      const verdict = await this.inTurn(async () => {
        const found = await remakeDay({ ...this.#dayParts, drain: () => this.#drain() }, day, check);
        if (!check && this.#position !== null) await this.#checkpoints.save(this.#position);
        return found;
      });
      onDay(verdict, days.length - i - 1);
    }
    if (!check) for (const taker of this.#parts.takers) await this.inTurn(async () => taker.reset?.());
  }

  /** Runs `work` while no step is under way. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #step(atOnce: boolean): Promise<boolean> {
    const { state, takers } = this.#parts;
    const position = await this.#begin();
    // Entries first: the registry that is read after them knows their meters.
    const entries = await state.feed.after(position, ENTRIES_AT_ONCE);
    if (!(await this.#look())) return false;
    if (await this.#isGap(position, entries)) {
      await this.#reset('entries of the feed are missing');
      return true;
    }
    for (const entry of entries) await this.#take(entry);
    let worked = await this.#work.once();
    await this.#forgetOld();
    for (const taker of takers) if (await taker.upkeep?.()) worked = true;
    const isBusy = entries.length > 0 || worked;
    await this.#checkpoints.saveIfDue(this.#position ?? position, atOnce && !isBusy);
    return isBusy;
  }

  /** Once a day, what is older than figures are kept. */
  async #forgetOld(): Promise<void> {
    const before = this.#work.keptFrom;
    if (before === null || before.date === this.#forgottenTo) return;
    this.#shelf.forgetBefore(before.date);
    await this.#parts.figures.forgetBefore(before.date, before.slot);
    this.#forgottenTo = before.date;
  }

  /** Takes what the feed has told by now. */
  async #drain(): Promise<void> {
    const { state } = this.#parts;
    const { newest } = await state.feed.range();
    for (let position = await this.#begin(); position < newest; position = this.#position ?? newest) {
      const entries = await state.feed.after(position, ENTRIES_AT_ONCE);
      if (entries[0]?.position !== position + 1) return;
      for (const entry of entries) await this.#take(entry);
    }
  }

  /** Whether something that came after the position is not there any more. */
  async #isGap(position: number, [first]: readonly FeedEntry[]): Promise<boolean> {
    if (first) return first.position !== position + 1;
    const { oldest, newest } = await this.#parts.state.feed.range();
    // One may have come since: then it is there, beside older ones that nobody has forgotten yet.
    return newest < position || (newest > position && (oldest === 0 || oldest > position + 1));
  }

  async #take({ position, content }: FeedEntry): Promise<void> {
    if (content.exclusions) await this.#work.lookAgain();
    await this.#told.take(content);
    for (const taker of this.#parts.takers) await taker.take(content);
    this.#position = position;
    if (this.#shelf.isFull) await this.#checkpoints.save(position);
  }

  /** Where the feed is to be read from. */
  async #begin(): Promise<number> {
    const { state, figures } = this.#parts;
    if (figures.damage) return this.#reset(figures.damage);
    if (this.#position !== null) return this.#position;
    const kept = await figures.position();
    const { oldest, newest } = await state.feed.range();
    const goesOn = kept !== null && (kept === newest || (kept < newest && oldest !== 0 && oldest <= kept + 1));
    if (kept !== null && !goesOn) return this.#reset('the feed does not go on where the figures end');
    this.#position = kept ?? newest;
    return this.#position;
  }

  /** Sees what changed beside the feed; false while there is no registry. */
  async #look(): Promise<boolean> {
    const { clock } = this.#parts;
    if (await this.#site.refresh()) await this.#work.begin();
    if (this.#site.version === null) return false;
    if (clock.mono() - this.#groundsAt >= GROUNDS_MS) {
      await this.#work.lookAgain();
      this.#groundsAt = clock.mono();
    }
    return true;
  }

  /** Begins anew: what is in the stores by now is read from them, the rest comes with the feed. */
  async #reset(why: string): Promise<number> {
    const { state, figures, takers, logger } = this.#parts;
    const { newest } = await state.feed.range();
    const told = { why, newest };
    if (figures.damage) logger.error(told, 'the file of the figures is damaged: it is thrown away and made anew');
    else logger.warn(told, 'the figures are made anew from the stores');
    this.#resets++;
    await figures.clear();
    this.#shelf.clear();
    this.#checkpoints.forget();
    for (const taker of takers) await taker.reset?.();
    this.#position = newest;
    this.#work.forget();
    return newest;
  }
}
