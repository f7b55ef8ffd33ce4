import { buildTopology } from '#domain/outages/build-topology.ts';
import type { Kept } from '#domain/outages/engine-types.ts';
import { OutageEngine } from '#domain/outages/outage-engine.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { EngineOverRegistry } from './engine-port.ts';

/** Makes an engine over the registry from what is remembered; `at`: which installations count, UTC ms. */
export function engineOver(
  registry: RegistryIndex,
  settings: OutageSettings,
): (kept: Kept, at: number) => EngineOverRegistry {
  return (kept, at) => {
    const engine = new OutageEngine(buildTopology(registry, at), settings, kept);
    return { engine, renew: (now) => engine.setTopology(buildTopology(registry, now)) };
  };
}
