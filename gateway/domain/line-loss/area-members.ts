import { firstSlot } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Area, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import type { RegistryIndex } from '../registry-index.ts';
import type { Stay } from '../usage/stay-usage.ts';
import type { AreaStatusInDay } from './area-tally.ts';
import type { Member } from './member-day.ts';

/** Of a model that is not in the catalogue: a register up to 999 999.99 kWh, as DL/T 645 meters have. */
const USUAL_ROLLOVER_WH = 1_000_000_000;

/**
 * Who hangs in which area, as line loss asks for it. The category and the status of an account are those of today: the
 * registry keeps no history of them.
 */
export class AreaMembers {
  readonly #index: RegistryIndex;
  readonly #generators = new Set<string>();
  readonly #closed = new Set<string>();
  /** Areas of meters that hang, or hung, elsewhere than where the meter is booked. */
  readonly #elsewhere = new Map<string, string[]>();
  /** Feeders by the meters at their heads. */
  readonly #heads = new Map<string, string>();
  readonly #freeze: Task | undefined;
  /** First freezes by model and by when collection began: few differ. */
  readonly #firstFreezes = new Map<string, number>();

  constructor(index: RegistryIndex) {
    this.#index = index;
    this.#freeze = index.registry.tasks.find(({ kind }) => kind === 'freeze-day');
    for (const { no, category, status } of index.accounts()) {
      if (category === 'generator') this.#generators.add(no);
      if (status === 'closed') this.#closed.add(no);
    }
    for (const { meter, area } of index.installations()) {
      if (area === undefined || area === index.meter(meter)?.area) continue;
      this.#elsewhere.set(meter, [...(this.#elsewhere.get(meter) ?? []), area]);
    }
    for (const { id, supplyMeters } of index.registry.feeders) {
      for (const meter of supplyMeters ?? []) this.#heads.set(meter, id);
    }
  }

  /** Members of an area with a part in [from, to), and those taken out at `from`; check meters and heads are none. */
  of(area: string, from: number, to: number): Member[] {
    const { customer, supply } = this.#index.staysOfArea(area, from - 1, to);
    return [
      ...supply.map((stay) => this.#memberOf(stay, 'supply')),
      ...customer.map((stay) => this.#memberOf(stay, 'customer')),
    ];
  }

  /** The meters at the head of a feeder, as members; none where a feeder is the sum of its areas. */
  ofHead(feeder: string, from: number, to: number): Member[] {
    return this.#index
      .feederSupplyMeters(feeder)
      .flatMap((meter) => this.#index.staysOf(meter.id))
      .filter((stay) => stay.from < to && stay.to >= from)
      .map((stay) => this.#memberOf(stay, 'supply'));
  }

  /** Areas in which a meter hangs or ever hung. */
  areasOf(meter: Meter): readonly string[] {
    const elsewhere = this.#elsewhere.get(meter.id);
    return elsewhere ? [meter.area, ...elsewhere] : [meter.area];
  }

  /** The feeder at whose head a meter is, or null. */
  feederOfHead(meter: string): string | null {
    return this.#heads.get(meter) ?? null;
  }

  /** Before collection began, the freezes that the meter remembers are asked for, too: as the due set has it. */
  #owedFrom(collectedFrom: number, model: MeterModel | undefined): number {
    const task = this.#freeze;
    if (!model || !task) return collectedFrom;
    const key = `${collectedFrom} ${model.id}`;
    const known = this.#firstFreezes.get(key);
    if (known !== undefined) return known;
    const meter = { installedAt: collectedFrom, removedAt: null, collectedFrom };
    const first = firstSlot(meter, model, task, this.#index.registry.timeZone);
    this.#firstFreezes.set(key, first);
    return first;
  }

  #memberOf(stay: Stay, role: Member['role']): Member {
    const { meter, account, ratio, startWh, endWh } = stay;
    const generator = account !== null && this.#generators.has(account);
    const closed = account !== null && this.#closed.has(account);
    const known = this.#index.meter(meter);
    const model = known && this.#index.modelOf(known);
    const kind = (role === 'supply' ? 1 : 0) + (generator ? 2 : 0) + (closed ? 4 : 0);
    const written = hashStep(hashStep(hashOf(meter), startWh ?? -1), endWh ?? -1);
    const hash = hashStep(hashStep(written, ratio * 1000), kind);
    return {
      stay,
      role,
      generator,
      closed,
      owedFrom: known ? this.#owedFrom(known.collectedFrom, model) : Number.POSITIVE_INFINITY,
      rolloverWh: model?.rolloverWh ?? USUAL_ROLLOVER_WH,
      hash: account === null ? hash : hashStep(hash, hashOf(account)),
    };
  }
}

/** State of an area over a business day [from, to). */
export function areaStatusIn(area: Pick<Area, 'status' | 'statusSince'>, from: number, to: number): AreaStatusInDay {
  const since = area.statusSince ?? Number.NEGATIVE_INFINITY;
  const status = area.status ?? 'running';
  if (since > from && since < to) return 'changed';
  return since >= to ? 'running' : status;
}

/** FNV-1a, 32 bit. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function hashStep(hash: number, value: number): number {
  const low = value | 0;
  const high = Math.floor(value / 0x1_0000_0000) | 0;
  return Math.imul(Math.imul(hash ^ low, 0x01000193) ^ high, 0x01000193) >>> 0;
}
