import type { FiguresStore } from '#stores/figures-store.ts';
import type { KeptDays } from './follower.ts';
import { RowSet } from './row-set.ts';

/** Findings that are fetched at once. */
const PAGE = 10_000;

/** Which days are kept, and which freezes have findings or had some since the start: only those need clearing. */
export class VeeKnown {
  readonly #figures: Pick<FiguresStore, 'days' | 'findings'>;
  readonly #dates = new Map<string, Set<string>>();
  readonly #rows = new Map<string, RowSet>();

  constructor(figures: Pick<FiguresStore, 'days' | 'findings'>) {
    this.#figures = figures;
  }

  /** Dates of the kept days of a task; the caller adds those that come to be kept. */
  async dates(task: string): Promise<Set<string>> {
    const known = this.#dates.get(task);
    if (known) return known;
    const dates = new Set((await this.#figures.days(task)).map(({ date }) => date));
    this.#dates.set(task, dates);
    return dates;
  }

  /** Rows with findings at a slot; the caller adds new ones. */
  async rows(task: string, slot: number, days: Pick<KeptDays, 'meters' | 'rowOf'>): Promise<RowSet> {
    const key = `${task} ${slot}`;
    const known = this.#rows.get(key);
    if (known) return known;
    const rows = new RowSet(days.meters.length);
    let page = await this.#figures.findings({ task, slot, limit: PAGE });
    while (page.length > 0) {
      for (const { meter } of page) {
        const row = days.rowOf(meter);
        if (row !== undefined) rows.add(row);
      }
      const after = page.at(-1);
      page = page.length < PAGE || !after ? [] : await this.#figures.findings({ task, slot, limit: PAGE, after });
    }
    this.#rows.set(key, rows);
    return rows;
  }
}
