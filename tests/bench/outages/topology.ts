import { OutageEngine } from '#domain/outages/outage-engine.ts';
import { packTopology } from '#domain/outages/pack-topology.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import type { TopologyMeter } from '#domain/outages/topology.ts';
import { said } from '../figures/said.ts';

export interface TopologyCost {
  readonly seconds: number;
  /** Of the process, and what it had before, MB. */
  readonly rssMb: number;
  readonly beforeMb: number;
  /** A Map of the same ids to a number, for comparison: seconds and MB. */
  readonly mapS: number;
  readonly mapMb: number;
}

/** A step of its own process: topology and engine of so many meters. */
const [meters = '1000000'] = process.argv.slice(2);
const count = Number(meters);
const rssMb = (): number => process.memoryUsage().rss / 1e6;
const beforeMb = rssMb();
let begun = performance.now();
const districts = new Map([...Array(Math.ceil(count / 2000)).keys()].map((n) => [`f${n}`, 'd']));
const engine = new OutageEngine(packTopology(metersOf(count), districts), DEFAULT_OUTAGE_SETTINGS);
engine.settle(Date.UTC(2026, 6, 20));
const seconds = (performance.now() - begun) / 1000;
const taken = rssMb();
begun = performance.now();
const map = new Map<string, number>();
for (const { id } of metersOf(count)) map.set(id, map.size);
said<TopologyCost>({
  ...{ seconds, beforeMb, rssMb: taken },
  ...{ mapS: (performance.now() - begun) / 1000, mapMb: Math.max(0, rssMb() - taken) },
});

function* metersOf(all: number): Generator<TopologyMeter> {
  for (let n = 0; n < all; n++) {
    const area = Math.floor(n / 200);
    const box = Math.floor((n % 200) / 10);
    yield {
      ...{ id: String(100_000_000_000 + n), feeder: `f${Math.floor(area / 10)}`, area: `a${area}` },
      ...{ branch: `B${Math.floor(box / 5)}`, box: `X${box}`, role: 'customer', phases: 1 },
      phase: (['a', 'b', 'c'] as const)[n % 3] ?? 'a',
      ...{ line: `l${area}`, concentrator: `j${area}`, collector: `c${Math.floor(area / 500)}` },
      ...{ idle: false, from: 0, to: null },
    };
  }
}
