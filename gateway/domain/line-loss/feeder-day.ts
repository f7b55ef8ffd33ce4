import { type AreaDay, firstMissing, firstWhy, safe } from './area-day.ts';

/** Under this name the day of a feeder stands beside those of the areas. */
export function feederKey(feeder: string): string {
  return `feeder:${feeder}`;
}

/**
 * Day of a feeder that has meters at its head: what they counted, with the generation of the areas below, against what
 * the customers of all areas below were sold, so that the losses of the transformers are in it. Areas count whether
 * or not they have a supply meter of their own. `head` is the day of the head meters alone.
 */
export function feederDay(feeder: string, date: string, head: AreaDay, areas: readonly AreaDay[]): AreaDay {
  const sum = (of: (day: AreaDay) => number): number => areas.reduce((total, day) => total + of(day), 0);
  const customers = sum((day) => day.customers);
  const generationWh = sum((day) => day.generationWh);
  const generationMissing = sum((day) => day.generationMissing);
  const generators = sum((day) => day.generators);
  const blind = generators > 0 && head.exportUnknown > 0;
  const gridWh = blind ? null : head.gridWh;
  const suppliedWh = gridWh === null || generationMissing > 0 ? null : gridWh + generationWh;
  const soldWh = sum((day) => day.soldWh);
  safe(generationWh, soldWh, suppliedWh ?? 0, (suppliedWh ?? 0) - soldWh);
  return {
    area: feederKey(feeder),
    date,
    why: firstWhy([
      [head.why, head.gridWh === null],
      ['supply_export_missing', blind],
      ['generation_missing', generationMissing > 0],
      ['topology_changed', head.unwritten + sum((day) => day.unwritten) > 0],
      ['no_customers', customers === 0],
      ['no_supply', suppliedWh !== null && suppliedWh <= 0],
    ]),
    suppliedWh,
    gridWh,
    generationWh,
    soldWh,
    supplyMeters: head.supplyMeters,
    customers,
    read: sum((day) => day.read),
    estimated: sum((day) => day.estimated),
    missing: sum((day) => day.missing),
    missingMeters: firstMissing(areas.flatMap((day) => day.missingMeters)),
    closed: sum((day) => day.closed),
    collected: sum((day) => day.collected),
    estimatedWh: sum((day) => day.estimatedWh),
    estimatedGenerationWh: sum((day) => day.estimatedGenerationWh),
    exchanged: head.exchanged + sum((day) => day.exchanged),
    zeroUse: sum((day) => day.zeroUse),
    generators,
    generationMissing,
    exporting: sum((day) => day.exporting),
    exportUnknown: head.exportUnknown,
    moved: head.moved + sum((day) => day.moved),
    unwritten: head.unwritten + sum((day) => day.unwritten),
    topologyVersion: versionOf([head, ...areas]),
  };
}

/** A sum, so that the order of the areas makes no difference. */
function versionOf(days: readonly AreaDay[]): string {
  const sum = days.reduce((total, day) => (total + Number.parseInt(day.topologyVersion, 16)) >>> 0, 0);
  return sum.toString(16).padStart(8, '0');
}
