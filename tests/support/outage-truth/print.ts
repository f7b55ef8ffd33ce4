import type { Missed, Row, Score, Untrue } from './score.ts';

const HEADS = [
  ...['kind', 'truths', 'not told', 'recall', 'precision', 'missing', 'extra', 'start p50', 'p95', 'end p50', 'p95'],
  ...['first p50', 'p95', 'enough p50', 'p95', 'double', 'false', 'node', 'kind', 'events'],
];

/** The score as a table: shares in %, times in seconds. `first`: from the first word; `enough`: from when it could be known. */
export function tableOf({ rows }: Score): string {
  const lines = [HEADS, ...[...rows].map(([kind, row]) => cellsOf(kind, row))];
  const widths = HEADS.map((_, c) => Math.max(...lines.map((line) => (line[c] ?? '').length)));
  return lines
    .map((line) =>
      line.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join('  '),
    )
    .join('\n');
}

function cellsOf(kind: string, row: Row): string[] {
  const precision = row.matched / (row.matched + row.extra + row.untrue);
  return [
    ...[kind, String(row.truths), share(1 - row.detectable / row.truths), share(row.found / row.detectable)],
    ...[share(precision), share(mean(row.missing)), share(mean(row.tooMany))],
    ...[row.startMs, row.endMs, row.detectMs, row.enoughMs].flatMap((times) => [
      seconds(times, 0.5),
      seconds(times, 0.95),
    ]),
    ...[String(row.extra), String(row.untrue), String(row.wrongNode), String(row.wrongKind)],
    row.matched === 0 ? '-' : (row.events / row.matched).toFixed(1),
  ];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function share(value: number): string {
  return Number.isFinite(value) ? (value * 100).toFixed(1) : '-';
}

function seconds(times: readonly number[], quantile: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)];
  return found === undefined ? '-' : (found / 1000).toFixed(0);
}

/** One line for whoever looks into it. */
export function describeMissed({ truth, why }: Missed): string {
  const { n, kind, nodeId, from, to, members } = truth;
  return `${why}: truth ${n}, ${kind} ${nodeId} ${span(from, to)}, ${members.length} meters`;
}

export function describeUntrue({ incident, cause }: Untrue): string {
  const { id, kind, state, node, nodeId } = incident.said.outage;
  return `${cause}: ${kind} ${state} at ${node} ${nodeId} ${span(incident.from, incident.to)}, ${id}`;
}

function span(from: number, to: number): string {
  return `${new Date(from).toISOString()} … ${new Date(to).toISOString()}`;
}
