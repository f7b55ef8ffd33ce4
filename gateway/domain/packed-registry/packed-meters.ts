import type { Meter } from '#contract/registry.ts';
import { TextNumbers } from '../text-numbers.ts';
import { FewValues, Grouped, places, quantities, SharedTextColumn, TextColumn } from './columns.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Kind = Pick<Meter, 'model' | 'role' | 'phase' | 'ct' | 'pt' | 'maker'>;

/** Meters being packed. */
export class MeterColumns {
  readonly ids = new TextNumbers();
  readonly nos: string[] = [];
  readonly addresses = new TextColumn();
  readonly lines = new TextNumbers();
  readonly areas = new TextNumbers();
  readonly branches = new SharedTextColumn();
  readonly boxes = new SharedTextColumn();
  readonly kinds = new FewValues<Kind>();
  readonly kind = places();
  readonly line = places();
  readonly area = places();
  readonly collectedFrom = quantities();

  add({ id, no, model, line, address, area, branch, box, role, phase, ct, pt, maker, collectedFrom }: Meter): void {
    this.ids.add(id);
    // Equal texts need not be there twice.
    const ownNo = no === id ? id : no;
    this.nos.push(ownNo);
    this.addresses.push(address === ownNo ? ownNo : address);
    this.kind.push(this.kinds.placeOf({ model, role, phase, ct, pt, ...(maker !== undefined && { maker }) }));
    this.line.push(this.lines.add(line));
    this.area.push(this.areas.add(area));
    this.branches.push(branch);
    this.boxes.push(box);
    this.collectedFrom.push(collectedFrom);
  }
}

/** Meters as columns: what is asked for is made an object when it is. */
export class PackedMeters {
  readonly #columns: MeterColumns;
  readonly #kind: Int32Array;
  readonly #line: Int32Array;
  readonly #area: Int32Array;
  readonly #collectedFrom: Float64Array;
  readonly #branchAt: (place: number) => string | undefined;
  readonly #boxAt: (place: number) => string | undefined;
  #byArea: Grouped | null = null;
  #byLine: Grouped | null = null;

  constructor(columns: MeterColumns) {
    this.#columns = columns;
    this.#kind = columns.kind.taken();
    this.#line = columns.line.taken();
    this.#area = columns.area.taken();
    this.#collectedFrom = columns.collectedFrom.taken();
    this.#branchAt = columns.branches.taken();
    this.#boxAt = columns.boxes.taken();
  }

  get size(): number {
    return this.#columns.ids.size;
  }

  /** The area that the meter at a place is booked on. */
  areaAt(place: number): string {
    return this.#columns.areas.texts[this.#area[place] ?? 0] ?? '';
  }

  placeOf(id: string): number | undefined {
    return this.#columns.ids.numberOf(id);
  }

  idAt(place: number): string {
    return this.#columns.ids.texts[place] ?? '';
  }

  at(place: number): Meter {
    const { ids, nos, addresses, lines, areas, kinds } = this.#columns;
    const { model, role, phase, ct, pt, maker } = kinds.at(this.#kind[place] ?? 0);
    const meter: Writable<Meter> = {
      id: ids.texts[place] ?? '',
      no: nos[place] ?? '',
      model,
      line: lines.texts[this.#line[place] ?? 0] ?? '',
      address: addresses.at(place),
      area: areas.texts[this.#area[place] ?? 0] ?? '',
      role,
      phase,
      ct,
      pt,
      collectedFrom: this.#collectedFrom[place] ?? Number.NaN,
    };
    const branch = this.#branchAt(place);
    const box = this.#boxAt(place);
    if (maker !== undefined) meter.maker = maker;
    if (branch !== undefined) meter.branch = branch;
    if (box !== undefined) meter.box = box;
    return meter;
  }

  *all(): Generator<Meter> {
    for (let place = 0; place < this.size; place++) yield this.at(place);
  }

  /** Looks at all of them: some milliseconds for a million. */
  byNo(no: string): Meter[] {
    const { nos } = this.#columns;
    const found: Meter[] = [];
    for (let place = nos.indexOf(no); place >= 0; place = nos.indexOf(no, place + 1)) found.push(this.at(place));
    return found;
  }

  ofArea(area: string): Meter[] {
    const { areas } = this.#columns;
    this.#byArea ??= new Grouped(this.#area, areas.size);
    return Array.from(this.#byArea.of(areas.numberOf(area)), (place) => this.at(place));
  }

  ofLine(line: string): Meter[] {
    const { lines } = this.#columns;
    this.#byLine ??= new Grouped(this.#line, lines.size);
    return Array.from(this.#byLine.of(lines.numberOf(line)), (place) => this.at(place));
  }
}
