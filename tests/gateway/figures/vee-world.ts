import { slotsOfDay } from '#contract/calendar.ts';
import type { Registry } from '#contract/registry.ts';
import { addDays } from '#contract/zone.ts';
import { bytesOf, type DayColumns, emptyDay, FLAG } from '#domain/collection/day-columns.ts';
import { answeredCode, SUSPECT } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead, type Finding } from '#stores/figures-store.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import type { KeptDays } from '../../../gateway/figures/follower.ts';
import { VeeFollower } from '../../../gateway/figures/vee-follower.ts';
import { task, ZONE } from '../domain/site.ts';

const TASK = task('freeze-day');

/** A delivery: what the centre holds of a freeze from then on. */
export interface Given {
  readonly day: number;
  readonly row: number;
  /** NaN takes it away, as when an edit is undone. */
  readonly importWh: number;
  readonly exportWh?: number;
  /** What the meter gave when it does not count, or what a note was about. */
  readonly raw?: Pick<StoredReading, 'rules' | 'values' | 'meterTime' | 'quality'>;
}

/** Kept days, the file of figures and readings in memory, with a follower over them. */
export class VeeWorld {
  readonly first: string;
  readonly days = new Map<string, DayColumns>();
  readonly findings = new Map<string, Finding>();
  readonly #meters: readonly string[];
  readonly #raws = new Map<string, StoredReading>();
  #index: RegistryIndex;
  #follower: VeeFollower;
  /** Calls for raw readings so far. */
  looks = 0;

  constructor(registry: Registry, first: string) {
    this.#index = new RegistryIndex(registry);
    this.#meters = registry.meters.map(({ id }) => id);
    this.first = first;
    this.#follower = this.#made();
  }

  get kept(): KeptDays {
    return {
      registry: this.#index,
      meters: this.#meters,
      rowOf: (meter) => this.#meters.indexOf(meter),
      of: async (_task, date) => this.days.get(date) ?? null,
    };
  }

  /** All that is found, in one order. */
  get all(): Finding[] {
    return [...this.findings.keys()].sort().flatMap((key) => this.findings.get(key) ?? []);
  }

  get rules(): string[] {
    return this.all.map(({ rule, meter, slot }) => `${rule} ${meter} ${this.#placeOf(slot)}`);
  }

  date(day: number): string {
    return addDays(this.first, day);
  }

  slot(day: number): number {
    return slotsOfDay(TASK.calendar, ZONE, this.date(day))[0] ?? 0;
  }

  /** Takes deliveries together, as one step of the feed, and keeps what the follower makes of them. */
  async give(given: readonly Given[]): Promise<void> {
    const changed = new Map<string, Set<number>>();
    for (const each of given) {
      const date = this.date(each.day);
      // A day that comes to be kept has changed in all its rows.
      const rows = changed.get(date) ?? new Set<number>(this.days.has(date) ? [] : this.#meters.keys());
      this.#put(each, date);
      changed.set(date, rows.add(each.row));
    }
    await this.follow([...changed].map(([date, rows]) => ({ task: TASK.id, date, rows })));
  }

  async follow(changes: Parameters<VeeFollower['follow']>[0]): Promise<void> {
    const { findings } = await this.#follower.follow(changes, this.kept);
    const keyOf = (each: { slot: number; meter: string }): string => `${each.slot} ${each.meter}`;
    const of = new Set(findings?.of.map(keyOf));
    for (const [key, finding] of this.findings) if (of.has(keyOf(finding))) this.findings.delete(key);
    for (const finding of findings?.found ?? []) this.findings.set(`${keyOf(finding)} ${finding.rule}`, finding);
  }

  /** Another process takes over: it knows nothing but what is on disk. */
  restart(): void {
    this.#follower = this.#made();
  }

  /** Everything anew from the days alone. */
  async rebuild(): Promise<void> {
    this.findings.clear();
    this.restart();
    const rows = new Set(this.#meters.keys());
    await this.follow([...this.days.keys()].map((date) => ({ task: TASK.id, date, rows })));
  }

  setRegistry(registry: Registry): void {
    this.#index = new RegistryIndex(registry);
  }

  #made(): VeeFollower {
    return new VeeFollower({
      figures: {
        days: async () => this.#heads(),
        chunks: async (_task, date) => this.#chunks(date),
        findings: async ({ slot }) => this.all.filter((finding) => finding.slot === slot),
      },
      readings: {
        ofSlot: async (_task, slot, meters) => {
          this.looks += 1;
          return meters.flatMap((meter) => this.#raws.get(`${slot} ${meter}`) ?? []);
        },
      },
    });
  }

  #heads(): DayHead[] {
    return [...this.days.values()].map(({ date, slot, rows }) => {
      return { task: TASK.id, date, slots: [slot], rows, version: 1 };
    });
  }

  #chunks(date: string): DayChunk[] {
    const day = this.days.get(date);
    if (!day) return [];
    const chunks = Math.ceil(day.rows / CHUNK_ROWS);
    return Array.from({ length: chunks }, (_, chunk) => {
      const bytes = bytesOf(day, 'importWh', chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS);
      return { task: TASK.id, date, column: 'importWh', chunk, version: 1, bytes };
    });
  }

  #put({ day, row, importWh, exportWh, raw }: Given, date: string): void {
    const columns = this.days.get(date) ?? emptyDay(TASK.id, date, this.slot(day), this.#meters.length);
    this.days.set(date, columns);
    columns.importWh[row] = importWh;
    columns.exportWh[row] = exportWh ?? Number.NaN;
    columns.fact[row] = raw?.quality === 'suspect' ? SUSPECT : answeredCode('first');
    columns.flags[row] = raw && raw.rules.length > 0 ? FLAG.noted : 0;
    const meter = this.#meters[row] ?? '';
    const key = `${columns.slot} ${meter}`;
    if (raw) this.#raws.set(key, { meter, slot: columns.slot, readAt: columns.slot + 60_000, ...raw });
    else this.#raws.delete(key);
  }

  #placeOf(slot: number): number {
    return [...this.days.values()].map((each) => each.slot).filter((each) => each < slot).length;
  }
}
