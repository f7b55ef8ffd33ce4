import { buildTopology } from '#domain/outages/build-topology.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { OutageEngine } from '#domain/outages/outage-engine.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { said } from '../figures/said.ts';
import { StormBook, type StormFound, type StormItem, stormOf, stormRegistry } from './storm.ts';

const FROM = Date.UTC(2026, 6, 20, 10);
const SLICE_MS = 200;
/** After the last report. */
const AFTER_MS = 10_000;
const HEAP = 5000;

export interface EngineAlone extends StormFound {
  /** The engine's own time, ms. */
  readonly engineMs: number;
  /** The longest that one slice of 200 simulated ms took it, ms. */
  readonly longestMs: number;
  /** The engine's own time when it gets the same in heaps of 5,000, as after a stop, ms. */
  readonly heapsMs: number;
  /** The same items through JSON.parse, and into a Map by meter, ms. */
  readonly parseMs: number;
  readonly mapMs: number;
}

/** A step of its own process: the storm through the engine in simulated time, nothing stored. */
const [customers = '100000', seed = '1'] = process.argv.slice(2);
const storm = stormOf(Number(customers), FROM, Number(seed));
const index = new RegistryIndex(stormRegistry(Number(customers), FROM - 86_400_000));
const topology = buildTopology(index, FROM);
const newEngine = (): OutageEngine => new OutageEngine(topology, DEFAULT_OUTAGE_SETTINGS);
said<EngineAlone>({ ...run(newEngine()), heapsMs: inHeaps(newEngine()), ...baselines() });

function run(engine: OutageEngine): Omit<EngineAlone, 'heapsMs' | 'parseMs' | 'mapMs'> {
  const book = new StormBook(storm);
  const openMs = new Map<string, number>();
  let [next, engineMs, longestMs, told] = [0, 0, 0, 0];
  const end = (storm.items.at(-1)?.dueMs ?? 0) + AFTER_MS;
  for (let now = SLICE_MS; now < end; now += SLICE_MS) {
    const slice: StormItem[] = [];
    for (let item = storm.items[next]; item && item.dueMs < now; item = storm.items[++next]) slice.push(item);
    for (const item of slice) book.handed(item, now);
    const begun = performance.now();
    const feeders = settled(
      engine,
      slice.map(({ evidence }) => evidence),
      FROM + now,
    );
    const tookMs = performance.now() - begun;
    told += feeders.told;
    engineMs += tookMs;
    longestMs = Math.max(longestMs, tookMs);
    for (const feeder of feeders.open) if (!openMs.has(feeder)) openMs.set(feeder, now + tookMs);
  }
  const others = [...engine.open()].filter(({ node, state }) => state === 'open' && node !== 'feeder').length;
  return { items: storm.items.length, delaysMs: book.delays(openMs), others, told, engineMs, longestMs };
}

function settled(engine: OutageEngine, evidence: readonly Evidence[], now: number): { open: string[]; told: number } {
  engine.take(evidence);
  const open: string[] = [];
  let told = 0;
  for (let more = true; more; ) {
    const found = engine.settle(now);
    told += found.changed.length;
    for (const { node, nodeId, state } of found.changed) if (node === 'feeder' && state === 'open') open.push(nodeId);
    more = found.more;
  }
  engine.wishes(now);
  return { open, told };
}

function inHeaps(engine: OutageEngine): number {
  const begun = performance.now();
  for (let from = 0; from < storm.items.length; from += HEAP) {
    const heap = storm.items.slice(from, from + HEAP);
    settled(
      engine,
      heap.map(({ evidence }) => evidence),
      FROM + (heap.at(-1)?.dueMs ?? 0),
    );
  }
  return performance.now() - begun;
}

function baselines(): Pick<EngineAlone, 'parseMs' | 'mapMs'> {
  const texts = storm.items.map(({ evidence }) => JSON.stringify(evidence));
  let begun = performance.now();
  const parsed = texts.map((text) => JSON.parse(text) as StormItem['evidence']);
  const parseMs = performance.now() - begun;
  begun = performance.now();
  const newest = new Map<string, number>();
  for (const { meter, at } of parsed) newest.set(meter, Math.max(at, newest.get(meter) ?? 0));
  return { parseMs, mapMs: performance.now() - begun + (newest.size === 0 ? 1 : 0) };
}
