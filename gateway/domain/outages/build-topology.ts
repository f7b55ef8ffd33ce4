import type { Installation } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';
import { TextNumbers } from '../text-numbers.ts';
import { packTopology } from './pack-topology.ts';
import type { OutageTopology, TopologyMeter } from './topology.ts';

/**
 * Who hangs on what at an instant (UTC ms): the customers' and supply meters that are installed then, where the
 * registry has them today. One walk over installations and one over meters.
 */
export function buildTopology(index: RegistryIndex, at: number): OutageTopology {
  const districts = new Map(index.registry.feeders.map(({ id, district }) => [id, district]));
  return packTopology(metersInPlace(index, at), districts);
}

/** Installations that cover the instant, by meter; in columns, because there are as many as meters. */
class InPlace {
  readonly #meters = new TextNumbers();
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #idle: boolean[] = [];

  add({ meter, from, to }: Installation, idle: boolean): void {
    const number = this.#meters.add(meter);
    this.#from[number] = from;
    this.#to[number] = to ?? Number.NaN;
    this.#idle[number] = idle;
  }

  of(meter: string): Pick<TopologyMeter, 'from' | 'to' | 'idle'> | null {
    const number = this.#meters.numberOf(meter);
    if (number === undefined) return null;
    const to = this.#to[number] ?? Number.NaN;
    return { from: this.#from[number] ?? 0, to: Number.isNaN(to) ? null : to, idle: this.#idle[number] ?? false };
  }
}

function* metersInPlace(index: RegistryIndex, at: number): Generator<TopologyMeter> {
  const inPlace = installedAt(index, at);
  const heads = new Set(index.registry.feeders.flatMap(({ supplyMeters }) => supplyMeters ?? []));
  const supplied = new Set<string>();
  for (const meter of index.meters()) {
    const { id, area, branch, box, role, phase } = meter;
    const installed = inPlace.of(id);
    // A second supply meter of an area would vouch for it as the first does; the registry's first is the one.
    if (!installed || role === 'check' || heads.has(id) || (role === 'supply' && supplied.has(area))) continue;
    if (role === 'supply') supplied.add(area);
    const line = index.line(meter.line);
    yield {
      id,
      feeder: index.area(area)?.feeder ?? null,
      area,
      branch,
      box,
      role,
      phases: index.modelOf(meter)?.phases ?? 1,
      phase,
      line: meter.line,
      concentrator: line?.concentrator ?? null,
      collector: line?.collector ?? null,
      ...installed,
    };
  }
}

function installedAt(index: RegistryIndex, at: number): InPlace {
  const idle = new Set<string>();
  for (const { no, status } of index.accounts()) if (status !== 'active') idle.add(no);
  const inPlace = new InPlace();
  for (const each of index.installations()) {
    if (each.from <= at && (each.to === null || at < each.to)) {
      inPlace.add(each, each.account !== null && idle.has(each.account));
    }
  }
  return inPlace;
}
