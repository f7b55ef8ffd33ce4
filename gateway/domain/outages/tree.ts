import { NONE, type OutageTopology, TREE_NODES, type TreeColumns, type TreeNode } from './topology.ts';

export const AREA_KIND = TREE_NODES.indexOf('area');

export function kindOf(tree: TreeColumns, node: number): TreeNode {
  return TREE_NODES[tree.kind[node] ?? 0] ?? 'feeder';
}

export function isBelow(tree: TreeColumns, node: number, above: number): boolean {
  return node >= above && node <= (tree.lastBelow[above] ?? NONE);
}

export function* childrenOf(tree: TreeColumns, node: number): Generator<number> {
  const last = tree.lastBelow[node] ?? NONE;
  for (let child = node + 1; child <= last; child = (tree.lastBelow[child] ?? child) + 1) yield child;
}

/** The node of a kind at or above a node, or NONE. */
export function nodeAbove(tree: TreeColumns, node: number, kind: number): number {
  let above = node;
  while (above !== NONE && (tree.kind[above] ?? 0) > kind) above = tree.parent[above] ?? NONE;
  return above;
}

/** The lowest node at or below `top` that has all of the nodes in it. */
export function lowestWith(tree: TreeColumns, nodes: Iterable<number>): number {
  let lowest = NONE;
  for (const node of nodes) {
    if (lowest === NONE) lowest = node;
    while (lowest !== NONE && !isBelow(tree, node, lowest)) lowest = tree.parent[lowest] ?? NONE;
  }
  return lowest;
}

/** Meters below a node that count: not those whose account is closed or switched off. */
export function* metersBelow({ tree, meters }: OutageTopology, node: number): Generator<number> {
  const end = tree.endMeter[node] ?? 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) if (meters.idle[meter] !== 1) yield meter;
}

/** The nodes above a meter within its area, lowest first. */
export function* nodesAbove({ tree, meters }: OutageTopology, meter: number): Generator<number> {
  let node = meters.node[meter] ?? NONE;
  for (; node !== NONE && (tree.kind[node] ?? 0) >= AREA_KIND; node = tree.parent[node] ?? NONE) yield node;
}

/** Feeder of a meter, as node. */
export function feederOf({ tree, meters }: OutageTopology, meter: number): number {
  return nodeAbove(tree, meters.node[meter] ?? NONE, 0);
}
