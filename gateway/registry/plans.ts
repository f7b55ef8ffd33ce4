import { createHash } from 'node:crypto';
import type { Plan, PlanMeter } from '#contract/plan.ts';
import type { Collector, Installation, Registry } from '#contract/registry.ts';
import { spansOf, type TaskSpan } from '#contract/task-selection.ts';
import { deviceSince } from '#domain/usage/device-run.ts';

/** What one collector must read, from the registry. The version is a digest of the content. */
export function planFor(registry: Registry, collector: Collector): Plan {
  const lines = registry.lines.filter((line) => line.collector === collector.id);
  const lineIds = new Set(lines.map((line) => line.id));
  const installations = Map.groupBy(registry.installations, ({ meter }) => meter);
  const selectedBy = selections(registry);
  const meters: PlanMeter[] = [];
  for (const meter of registry.meters) {
    const of = installations.get(meter.id) ?? [];
    const latest = latestOf(of);
    if (!lineIds.has(meter.line) || !latest) continue;
    const { id, line, address, model, collectedFrom } = meter;
    const selected = selectedBy(of);
    meters.push({
      id,
      line,
      address,
      model,
      // A change of account or ratio is no new meter: what was due before it is still fetched.
      installedAt: deviceSince(of) ?? latest.from,
      removedAt: latest.to,
      collectedFrom,
      ...(selected.length > 0 && { selected }),
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

/** When a meter with these installations has the tasks that are not for all. */
function selections({ tasks, accounts }: Registry): (installations: readonly Installation[]) => TaskSpan[] {
  if (tasks.every((task) => task.for === undefined)) return () => [];
  const byNo = new Map(accounts.map((account) => [account.no, account]));
  return (installations) => spansOf(tasks, installations, (no) => byNo.get(no));
}

function latestOf(installations: readonly Installation[]): Installation | null {
  let latest: Installation | null = null;
  for (const installation of installations) {
    if (latest === null || installation.from >= latest.from) latest = installation;
  }
  return latest;
}
