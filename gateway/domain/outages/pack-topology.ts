import { PHASES } from '#contract/quantities.ts';
import { FewValues, Grouped, places, quantities } from '../packed-registry/columns.ts';
import { TextNumbers } from '../text-numbers.ts';
import { packTree } from './pack-tree.ts';
import { NONE, type OutageTopology, THREE_PHASES, type TopologyMeter, type WayColumns } from './topology.ts';

/** Meters as they come, before they are put in the order of the tree. */
class Rows {
  readonly ids: string[] = [];
  readonly feeders = new TextNumbers();
  readonly areas = new TextNumbers();
  readonly lines = new TextNumbers();
  readonly concentrators = new TextNumbers();
  readonly collectors = new TextNumbers();
  readonly kinds = new FewValues<{ supply: boolean; idle: boolean; phase: number }>();
  /** Branches and boxes with their areas. */
  readonly places = new TextNumbers();
  /** Branch of a box: that of the first meter in it. */
  readonly branchOfBox = new Map<number, number>();
  readonly feederOfArea: number[] = [];
  readonly area = places();
  readonly branch = places();
  readonly box = places();
  readonly kind = places();
  readonly line = places();
  readonly from = quantities();
  readonly to = quantities();
  readonly concentratorOf: number[] = [];
  readonly collectorOf: number[] = [];

  add(meter: TopologyMeter): void {
    this.ids.push(meter.id);
    const area = this.areas.add(meter.area);
    this.feederOfArea[area] ??= meter.feeder === null ? NONE : this.feeders.add(meter.feeder);
    this.area.push(area);
    const box = meter.box === undefined ? NONE : this.places.add(`x${meter.area}/${meter.box}`);
    const own = meter.branch === undefined ? NONE : this.places.add(`b${meter.area}/${meter.branch}`);
    const branch = box === NONE ? own : (this.branchOfBox.get(box) ?? own);
    if (box !== NONE) this.branchOfBox.set(box, branch);
    this.branch.push(branch);
    this.box.push(box);
    const phase = meter.phases === 3 ? THREE_PHASES : meter.phase === null ? 0 : PHASES.indexOf(meter.phase) + 1;
    this.kind.push(this.kinds.placeOf({ supply: meter.role === 'supply', idle: meter.idle, phase }));
    this.line.push(this.#lineOf(meter));
    this.from.push(meter.from);
    this.to.push(meter.to ?? Number.NaN);
  }

  #lineOf({ line, concentrator, collector }: TopologyMeter): number {
    const number = this.lines.add(line);
    this.concentratorOf[number] ??= concentrator === null ? NONE : this.concentrators.add(concentrator);
    this.collectorOf[number] ??= collector === null ? NONE : this.collectors.add(collector);
    return number;
  }
}

/**
 * Meters with all that is above them, packed. Each meter comes once; a box that is told on two branches lies on the one
 * that was told first. `districts`: by feeder.
 */
export function packTopology(
  meters: Iterable<TopologyMeter>,
  districts: ReadonlyMap<string, string> = new Map(),
): OutageTopology {
  const rows = new Rows();
  for (const meter of meters) rows.add(meter);
  const columns = {
    area: rows.area.taken(),
    branch: rows.branch.taken(),
    box: rows.box.taken(),
    kind: rows.kind.taken(),
    line: rows.line.taken(),
    from: rows.from.taken(),
    to: rows.to.taken(),
  };
  const feederOf = Int32Array.from(rows.feederOfArea);
  const { order, node, tree } = packTree(columns, feederOf, {
    feeders: rows.feeders.texts,
    areas: rows.areas.texts,
    places: rows.places.texts,
  });
  const size = order.length;
  const supply = new Uint8Array(size);
  const idle = new Uint8Array(size);
  const phase = new Uint8Array(size);
  const from = new Float64Array(size);
  const to = new Float64Array(size);
  const line = new Int32Array(size);
  const ids = new TextNumbers();
  for (const [place, row] of order.entries()) {
    const kind = rows.kinds.at(columns.kind[row] ?? 0);
    ids.add(rows.ids[row] ?? '');
    supply[place] = kind.supply ? 1 : 0;
    idle[place] = kind.idle ? 1 : 0;
    phase[place] = kind.phase;
    from[place] = columns.from[row] ?? 0;
    to[place] = columns.to[row] ?? Number.NaN;
    line[place] = columns.line[row] ?? NONE;
  }
  if (ids.size !== size) throw new RangeError('cannot pack a topology: a meter is there twice');
  countCustomers(tree, node, supply, idle);
  const packed = { ids, node, supply, idle, phase, from, to, line };
  return { tree, meters: packed, ways: waysOf(rows, line, node, tree), districts };
}

function countCustomers(tree: OutageTopology['tree'], node: Int32Array, supply: Uint8Array, idle: Uint8Array): void {
  for (const [meter, lowest] of node.entries()) {
    if (supply[meter] === 1 || idle[meter] === 1) continue;
    for (let above = lowest; above !== NONE; above = tree.parent[above] ?? NONE) {
      tree.customers[above] = (tree.customers[above] ?? 0) + 1;
    }
  }
}

function waysOf(rows: Rows, line: Int32Array, node: Int32Array, tree: OutageTopology['tree']): WayColumns {
  const { lines, concentrators, collectors } = rows;
  const concentratorOf = Int32Array.from(rows.concentratorOf);
  const grouped = new Grouped(line, lines.size);
  return {
    lines,
    concentrators,
    collectors,
    concentratorOf,
    collectorOf: Int32Array.from(rows.collectorOf),
    areaOf: areasOfTerminals(concentratorOf, concentrators.size, line, node, tree),
    metersOfLine: (number) => grouped.of(number),
  };
}

/** The area of most meters behind each concentrator; of several with as many, the first in the tree. */
function areasOfTerminals(
  concentratorOf: Int32Array,
  size: number,
  line: Int32Array,
  node: Int32Array,
  tree: OutageTopology['tree'],
): Int32Array {
  const counts = Array.from({ length: size }, () => new Map<number, number>());
  for (const [meter, lowest] of node.entries()) {
    const count = counts[concentratorOf[line[meter] ?? NONE] ?? NONE];
    let area = lowest;
    while (area !== NONE && (tree.kind[area] ?? 0) > 1) area = tree.parent[area] ?? NONE;
    count?.set(area, (count.get(area) ?? 0) + 1);
  }
  return Int32Array.from(counts, (count) => {
    const [best] = [...count].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return best?.[0] ?? NONE;
  });
}
