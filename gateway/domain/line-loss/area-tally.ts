import { type AreaDay, type AreaWhy, firstMissing, firstWhy, type MissingMeter, safe } from './area-day.ts';
import type { Member, MemberDay } from './member-day.ts';

/** Between two supply meters of an exchange, ms. */
const EXCHANGE_GAP_MS = 3_600_000;

/** State of an area over a day; `changed` when it became so within the day. */
export type AreaStatusInDay = 'running' | 'stopped' | 'removed' | 'changed';

/** Takes the members of an area, in any order, and tells the day. */
export class AreaTally {
  readonly #from: number;
  readonly #to: number;
  readonly #supply: MemberDay[] = [];
  readonly #missing: MissingMeter[] = [];
  readonly #begun: Member[] = [];
  readonly #gone = new Map<string, number>();
  readonly #goneAtStart = new Map<string, number>();
  #hash = 0;
  #soldWh = 0;
  #generationWh = 0;
  #estimatedWh = 0;
  #estimatedGenerationWh = 0;
  #read = 0;
  #estimated = 0;
  #closed = 0;
  #collected = 0;
  #zeroUse = 0;
  #generators = 0;
  #generationMissing = 0;
  #exporting = 0;
  #unwritten = 0;

  /** A business day [from, to), UTC ms. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** A meter that was taken out at the instant at which the day begins: another one may have come in its place. */
  goneAtStart(member: Member): void {
    count(this.#goneAtStart, placeOf(member), 1);
  }

  add(part: MemberDay): void {
    const { stay, role, hash } = part.member;
    const begun = stay.from > this.#from ? mixed(hash, stay.from - this.#from) : hash;
    const whole = stay.to < this.#to ? mixed(begun, stay.to - this.#from + 1) : begun;
    this.#hash = (this.#hash + whole) >>> 0;
    if (stay.from >= this.#from) this.#begun.push(part.member);
    if (stay.to < this.#to) count(this.#gone, placeOf(part.member), 1);
    if (part.whyNoImport === 'no_register_in' || part.whyNoImport === 'no_register_out') this.#unwritten++;
    if (role === 'supply') this.#supply.push(part);
    else this.#addCustomer(part);
  }

  result(area: string, date: string, status: AreaStatusInDay): AreaDay {
    const supply = this.#supplyOf(this.#generators > 0);
    const customers = this.#read + this.#estimated + this.#missing.length;
    const { exchanged, moved } = this.#changes();
    const known = supply.gridWh !== null && this.#generationMissing === 0;
    const suppliedWh = supply.gridWh !== null && known ? supply.gridWh + this.#generationWh : null;
    const day = {
      area,
      date,
      why: firstWhy([
        ['area_removed', status === 'removed'],
        ['area_stopped', status === 'stopped'],
        ['area_changed', status === 'changed'],
        [supply.why, supply.why !== null],
        ['generation_missing', this.#generationMissing > 0],
        ['topology_changed', this.#unwritten > 0],
        ['no_customers', customers === 0],
        ['no_supply', suppliedWh !== null && suppliedWh <= 0],
      ]),
      suppliedWh,
      gridWh: supply.gridWh,
      generationWh: this.#generationWh,
      soldWh: this.#soldWh,
      supplyMeters: new Set(this.#supply.map(({ member }) => member.stay.meter)).size,
      customers,
      read: this.#read,
      estimated: this.#estimated,
      missing: this.#missing.length,
      missingMeters: firstMissing(this.#missing),
      closed: this.#closed,
      collected: this.#collected,
      estimatedWh: this.#estimatedWh,
      estimatedGenerationWh: this.#estimatedGenerationWh,
      exchanged,
      zeroUse: this.#zeroUse,
      generators: this.#generators,
      generationMissing: this.#generationMissing,
      exporting: this.#exporting,
      exportUnknown: supply.exportUnknown,
      moved,
      unwritten: this.#unwritten,
      topologyVersion: mixed(this.#hash, STATUS_SALT[status]).toString(16).padStart(8, '0'),
    };
    safe(day.gridWh ?? 0, day.soldWh, day.generationWh, day.suppliedWh ?? 0, (day.suppliedWh ?? 0) - day.soldWh);
    return day;
  }

  #addCustomer(part: MemberDay): void {
    const { member, whyNoImport } = part;
    if (member.closed && (whyNoImport === 'no_start' || whyNoImport === 'no_end')) {
      this.#closed++;
      return;
    }
    if (member.owedFrom < this.#to) this.#collected++;
    if (part.exportRose) this.#exporting++;
    if (member.generator) this.#addGeneration(part);
    const { wh } = part.import;
    if (wh === null) {
      this.#missing.push({ meter: member.stay.meter, why: whyNoImport ?? 'no_end' });
      return;
    }
    this.#soldWh += wh;
    if (part.estimated) {
      this.#estimated++;
      this.#estimatedWh += wh;
      return;
    }
    this.#read++;
    if (wh === 0 && part.import.from === this.#from && part.import.to === this.#to) this.#zeroUse++;
  }

  #addGeneration(part: MemberDay): void {
    this.#generators++;
    const wh = part.export?.wh ?? null;
    if (wh === null) this.#generationMissing++;
    else {
      this.#generationWh += wh;
      if (part.estimated) this.#estimatedGenerationWh += wh;
    }
  }

  #supplyOf(generated: boolean): { gridWh: number | null; why: AreaWhy | null; exportUnknown: number } {
    const none = { gridWh: null, exportUnknown: 0 };
    if (this.#supply.length === 0) return { ...none, why: 'no_supply_meter' };
    if (!coversDay(this.#supply, this.#from, this.#to)) return { ...none, why: 'supply_gap' };
    let gridWh = 0;
    let exportUnknown = 0;
    for (const part of this.#supply) {
      const importWh = part.import.wh;
      const exportWh = part.export?.wh ?? null;
      if (importWh === null || (exportWh === null && halfKnown(part))) return { ...none, why: 'supply_missing' };
      if (exportWh === null && generated) return { ...none, why: 'supply_export_missing' };
      if (exportWh === null) exportUnknown++;
      gridWh += importWh - (exportWh ?? 0);
    }
    const estimated = this.#supply.some((part) => part.estimated);
    return estimated ? { ...none, why: 'supply_estimated' } : { gridWh, why: null, exportUnknown };
  }

  /** A meter that came where another one went was exchanged; the rest came or went by themselves. */
  #changes(): { exchanged: number; moved: number } {
    const gone = new Map(this.#gone);
    const goneAtStart = new Map(this.#goneAtStart);
    let exchanged = 0;
    let moved = 0;
    for (const member of this.#begun) {
      const place = placeOf(member);
      const before = [gone, goneAtStart].find((each) => (each.get(place) ?? 0) > 0);
      if (before) {
        count(before, place, -1);
        exchanged++;
      } else if (member.stay.from > this.#from) moved++;
    }
    for (const left of gone.values()) moved += left;
    return { exchanged, moved };
  }
}

/** Where a meter hangs, so that another one can take its place. */
function placeOf({ role, stay }: Member): string {
  return `${role} ${stay.account ?? ''}`;
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const STATUS_SALT = { running: 0, stopped: 1, removed: 2, changed: 3 } as const;

/** One end of the export is there and the other one should be, or the register went back: that is no unknown export. */
function halfKnown(part: MemberDay): boolean {
  const ends = part.export;
  if (ends === null || part.whyNoExport === 'reversed') return true;
  if (part.whyNoExport === 'no_register_in' || part.whyNoExport === 'no_register_out') return false;
  return ends.startWh !== null || ends.endWh !== null;
}

function coversDay(supply: readonly MemberDay[], from: number, to: number): boolean {
  const parts = supply.map((part) => part.import).toSorted((a, b) => a.from - b.from);
  let until: number | null = null;
  for (const part of parts) {
    if (part.from - (until ?? from) > (until === null ? 0 : EXCHANGE_GAP_MS)) return false;
    until = Math.max(until ?? from, part.to);
  }
  return until === to;
}

/** A step of a 32 bit hash (the finishing step of MurmurHash3). */
function mixed(hash: number, value: number): number {
  let h = (hash ^ (value >>> 0)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}
