import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Places } from '#stores/reading-store.ts';

/** What the reading store wants to know of the registry. */
export function placesOf(registry: RegistryIndex): Places {
  return {
    placeOf: (id) => {
      const meter = registry.meter(id);
      if (!meter) return null;
      const { area, district } = registry.placeOf(meter);
      return { area, district: district ?? '' };
    },
    keepingOf: (task) => {
      const kind = registry.task(task)?.kind;
      return kind === 'profile' || kind === 'instant' ? 'curve' : 'freeze';
    },
  };
}
