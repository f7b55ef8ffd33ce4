import type { RegistryIndex } from '#domain/registry-index.ts';
import type { JudgedStay, MeterContext } from '#domain/vee/history.ts';
import { meterContext } from '#domain/vee/meter-context.ts';

const DAY_MS = 86_400_000;
const UNKNOWN = 0;
const PARTICULAR = -1;

/**
 * What the registry says of each meter row, for the rules. Nearly every meter is ordinary: one installation that lasts,
 * at an account that may use energy. Those share a few contexts, so that a million of them take 12 MB and no look into
 * the registry for each freeze.
 */
export class VeeContexts {
  readonly #index: RegistryIndex;
  readonly #shared: MeterContext[] = [];
  readonly #names: string[] = [];
  readonly #places = new Map<string, number>();
  /** Place in `shared` + 1, or PARTICULAR. */
  #kinds = new Int32Array(0);
  #since = new Float64Array(0);

  constructor(index: RegistryIndex) {
    this.#index = index;
  }

  get registry(): RegistryIndex {
    return this.#index;
  }

  /**
   * Context of a row for rules that look back to `earliest`, UTC ms; null for a meter that the registry does not know
   * or has no model for.
   */
  of(row: number, meter: string, earliest: number): MeterContext | null {
    const kind = this.#kindOf(row, meter);
    if (kind > 0 && (this.#since[row] ?? 0) < earliest - DAY_MS) return this.#shared[kind - 1] ?? null;
    return this.#fresh(meter);
  }

  /** True when the installations of a row have something to say about single days. */
  isParticular(row: number, meter: string): boolean {
    return this.#kindOf(row, meter) === PARTICULAR;
  }

  /** What of a row can make a difference to the rules, as far as it is ordinary. */
  nameOf(row: number, meter: string): string {
    const kind = this.#kindOf(row, meter);
    return kind > 0 ? `${this.#names[kind - 1]} ${this.#since[row]}` : '';
  }

  #kindOf(row: number, meter: string): number {
    if (row >= this.#kinds.length) this.#grow(Math.max(1024, row + 1, this.#kinds.length * 2));
    const known = this.#kinds[row] ?? UNKNOWN;
    if (known !== UNKNOWN) return known;
    const kind = this.#sort(row, this.#fresh(meter));
    this.#kinds[row] = kind;
    return kind;
  }

  #sort(row: number, context: MeterContext | null): number {
    const [stay, ...others] = context?.stays ?? [];
    if (!context || !stay || others.length > 0 || !isOrdinary(context, stay)) return PARTICULAR;
    const name = nameOf(context);
    let place = this.#places.get(name);
    if (place === undefined) {
      const shared = { ...context, stays: [{ ...stay, from: Number.NEGATIVE_INFINITY }] };
      place = this.#shared.push(shared) - 1;
      this.#names.push(name);
      this.#places.set(name, place);
    }
    this.#since[row] = stay.from;
    return place + 1;
  }

  #fresh(meter: string): MeterContext | null {
    const known = this.#index.meter(meter);
    return known ? meterContext(this.#index, known) : null;
  }

  #grow(rows: number): void {
    const kinds = new Int32Array(rows);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const since = new Float64Array(rows);
    since.set(this.#since);
    this.#since = since;
  }
}

function isOrdinary({ role }: MeterContext, stay: JudgedStay): boolean {
  const mayUse = role !== 'customer' || (stay.account !== null && stay.status === 'active');
  return mayUse && stay.to === Number.POSITIVE_INFINITY && !stay.replaces && stay.ratioBefore === null;
}

function nameOf({ model, role, stays: [stay] }: MeterContext): string {
  const { phases, ratedVoltageV, maxCurrentA, rolloverWh } = model;
  return JSON.stringify([phases, ratedVoltageV, maxCurrentA, rolloverWh, role, stay?.generator, stay?.ratio]);
}
