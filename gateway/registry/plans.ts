import { createHash } from 'node:crypto';
import type { Plan, PlanMeter } from '#contract/plan.ts';
import type { Collector, Installation, Registry } from '#contract/registry.ts';

/** What one collector must read, from the registry. The version is a digest of the content. */
export function planFor(registry: Registry, collector: Collector): Plan {
  const lines = registry.lines.filter((line) => line.collector === collector.id);
  const lineIds = new Set(lines.map((line) => line.id));
  const installations = latestInstallations(registry.installations);
  const meters: PlanMeter[] = [];
  for (const meter of registry.meters) {
    const installation = installations.get(meter.id);
    if (!lineIds.has(meter.line) || !installation) continue;
    const { id, line, address, model, collectedFrom } = meter;
    meters.push({
      id,
      line,
      address,
      model,
      installedAt: installation.from,
      removedAt: installation.to,
      collectedFrom,
    });
  }
  const models = new Set(meters.map(({ model }) => model));
  const profiles = (registry.profiles ?? []).filter(({ id }) => models.has(id));
  const content = {
    v: 1 as const,
    district: collector.district,
    collector: collector.id,
    timeZone: registry.timeZone,
    tasks: [...registry.tasks],
    lines: lines.map(({ id, protocol, link, forward, concentrator, timing }) => ({
      id,
      protocol,
      link,
      concentrator,
      timing,
      ...(forward && { forward }),
    })),
    meters,
    ...(profiles.length > 0 && { profiles }),
  };
  return { ...content, version: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16) };
}

function latestInstallations(installations: readonly Installation[]): Map<string, Installation> {
  const latest = new Map<string, Installation>();
  for (const installation of installations) {
    const known = latest.get(installation.meter);
    if (!known || installation.from >= known.from) latest.set(installation.meter, installation);
  }
  return latest;
}
