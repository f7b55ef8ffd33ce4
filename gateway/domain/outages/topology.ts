import type { Phase } from '#contract/quantities.ts';
import type { RegistryIndex } from '../registry-index.ts';

/** Who hangs on one transformer: what the detectors must know of an area. */
export interface AreaTopology {
  readonly area: string;
  /** 台区总表, or null. */
  readonly supply: string | null;
  /** Customer meters in place, without check meters. */
  readonly customers: readonly string[];
}

export interface OutageTopology {
  /** Area of a meter that is in place as customer or supply meter, or null. */
  areaOf(meter: string): string | null;
  area(id: string): AreaTopology;
  /** Phase that a single-phase meter hangs on; null when it is not known or the meter has three. */
  phaseOf(meter: string): Phase | null;
}

/** Topology as it is at an instant. Areas are worked out when first asked for; make a new one when the registry changes. */
export function topologyAt(index: RegistryIndex, at: number): OutageTopology {
  const areas = new Map<string, AreaTopology>();
  const inPlace = (meter: string): boolean => index.installationAt(meter, at) !== null;
  return {
    areaOf: (id) => {
      const meter = index.meter(id);
      return meter && meter.role !== 'check' && inPlace(id) ? meter.area : null;
    },
    area: (id) => {
      const known = areas.get(id);
      if (known) return known;
      const customers = index.metersOfArea(id).filter((meter) => meter.role === 'customer' && inPlace(meter.id));
      const topology = {
        area: id,
        supply: index.supplyMeterOf(id, at)?.id ?? null,
        customers: customers.map((meter) => meter.id),
      };
      areas.set(id, topology);
      return topology;
    },
    phaseOf: (id) => {
      const meter = index.meter(id);
      return meter && index.modelOf(meter)?.phases === 1 ? meter.phase : null;
    },
  };
}
