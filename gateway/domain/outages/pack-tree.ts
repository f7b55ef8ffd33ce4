import { NONE, type TreeColumns } from './topology.ts';

interface Rows {
  readonly area: Int32Array;
  readonly branch: Int32Array;
  readonly box: Int32Array;
}

interface Names {
  readonly feeders: readonly string[];
  readonly areas: readonly string[];
  /** Of branches and boxes, each after one letter. */
  readonly places: readonly string[];
}

const [FEEDER, AREA, BRANCH, BOX] = [0, 1, 2, 3];

/**
 * The tree over meters given by their areas, branches and boxes, and the order in which they follow each other in it:
 * `order` has rows by place, `node` the lowest node by place. Customers are not counted yet.
 */
export function packTree(
  rows: Rows,
  feederOf: Int32Array,
  names: Names,
): { order: Int32Array; node: Int32Array; tree: TreeColumns } {
  const order = orderOf(rows, feederOf, names);
  const node = new Int32Array(order.length);
  const walk = new TreeWalk(names);
  for (const [place, row] of order.entries()) {
    const area = rows.area[row] ?? 0;
    walk.enter(FEEDER, feederOf[area] === NONE ? -2 - area : (feederOf[area] ?? 0), place);
    walk.enter(AREA, area, place);
    walk.enter(BRANCH, rows.branch[row] ?? NONE, place);
    walk.enter(BOX, rows.box[row] ?? NONE, place);
    node[place] = walk.lowest;
  }
  return { order, node, tree: walk.finish(order.length) };
}

/** Rows by feeder, area, branch and box, each by name, so that the same meters make the same tree in whatever order. */
function orderOf(rows: Rows, feederOf: Int32Array, names: Names): Int32Array {
  const feeder = ranks(names.feeders);
  const area = ranks(names.areas);
  const place = ranks(names.places);
  const rank = (ranked: Int32Array, number: number): number => ranked[number] ?? NONE;
  const areas = Int32Array.from(names.areas.keys()).sort((a, b) => {
    const byFeeder = rank(feeder, feederOf[a] ?? NONE) - rank(feeder, feederOf[b] ?? NONE);
    return byFeeder || rank(area, a) - rank(area, b);
  });
  const areaPlace = new Int32Array(areas.length);
  for (const [at, number] of areas.entries()) areaPlace[number] = at;
  const order = Int32Array.from(rows.area.keys());
  return order.sort((a, b) => {
    return (
      (areaPlace[rows.area[a] ?? 0] ?? 0) - (areaPlace[rows.area[b] ?? 0] ?? 0) ||
      rank(place, rows.branch[a] ?? NONE) - rank(place, rows.branch[b] ?? NONE) ||
      rank(place, rows.box[a] ?? NONE) - rank(place, rows.box[b] ?? NONE) ||
      a - b
    );
  });
}

/** Place of each text in ascending order. */
function ranks(texts: readonly string[]): Int32Array {
  const order = Int32Array.from(texts.keys()).sort((a, b) => ((texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1));
  const ranked = new Int32Array(texts.length);
  for (const [rank, number] of order.entries()) ranked[number] = rank;
  return ranked;
}

/** Writes down nodes as meters pass in order. */
class TreeWalk {
  readonly #names: Names;
  readonly #kind: number[] = [];
  readonly #parent: number[] = [];
  readonly #first: number[] = [];
  readonly #end: number[] = [];
  readonly #lastBelow: number[] = [];
  readonly #titles: string[] = [];
  /** Of each level: what is entered, and its node. */
  readonly #entered = [NONE, NONE, NONE, NONE];
  readonly #open = [NONE, NONE, NONE, NONE];

  constructor(names: Names) {
    this.#names = names;
  }

  get lowest(): number {
    return this.#above(BOX + 1);
  }

  enter(level: number, what: number, place: number): void {
    if (this.#entered[level] === what) return;
    for (let below = BOX; below >= level; below--) this.#leave(below, place);
    this.#entered[level] = what;
    if (what === NONE) return;
    this.#parent.push(this.#above(level));
    this.#kind.push(level);
    this.#first.push(place);
    this.#end.push(place);
    this.#titles.push(this.#title(level, what));
    this.#open[level] = this.#lastBelow.push(NONE) - 1;
  }

  #above(level: number): number {
    for (let above = level - 1; above >= 0; above--) if (this.#open[above] !== NONE) return this.#open[above] ?? NONE;
    return NONE;
  }

  #leave(level: number, place: number): void {
    const node = this.#open[level] ?? NONE;
    this.#open[level] = NONE;
    this.#entered[level] = NONE;
    if (node === NONE) return;
    this.#end[node] = place;
    this.#lastBelow[node] = this.#kind.length - 1;
  }

  #title(level: number, what: number): string {
    if (level === FEEDER) return this.#names.feeders[what] ?? '';
    return (level === AREA ? this.#names.areas[what] : this.#names.places[what]?.slice(1)) ?? '';
  }

  finish(meters: number): TreeColumns {
    for (let level = BOX; level >= FEEDER; level--) this.#leave(level, meters);
    return {
      size: this.#kind.length,
      kind: Uint8Array.from(this.#kind),
      parent: Int32Array.from(this.#parent),
      lastBelow: Int32Array.from(this.#lastBelow),
      firstMeter: Int32Array.from(this.#first),
      endMeter: Int32Array.from(this.#end),
      customers: new Int32Array(this.#kind.length),
      names: this.#titles,
    };
  }
}
