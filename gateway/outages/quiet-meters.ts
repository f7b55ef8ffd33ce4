import type { Evidence } from '#domain/outages/evidence.ts';
import { isDark, type MeterFacts } from '#domain/outages/meter-facts.ts';
import type { OutageState } from '#domain/outages/outage-state.ts';
import type { OutageTopology } from '#domain/outages/topology.ts';

/**
 * A meter of an area in which nothing is wrong, with the newest that is known of it since; UTC ms, 0 = nothing. `area`
 * is null for a meter that is in none: whatever it says is evidence of nothing.
 */
export interface QuietMeter {
  readonly meter: string;
  readonly area: string | null;
  /** For which the area was looked up. */
  readonly topology: OutageTopology;
  onAt: number;
  answeredAt: number;
  silentAt: number;
}

/**
 * Ordinary supply, and silence, of meters in areas where nothing is wrong. `applyEvidence` judges none of it and of each
 * kind keeps the newest moment only, so it makes no difference that it is held back here, in three numbers a meter,
 * until something else happens in the area. It is most of what a gateway ever hears.
 */
export class QuietMeters {
  readonly #meters = new Map<string, QuietMeter>();
  readonly #byArea = new Map<string, Map<string, QuietMeter>>();

  /** Null when ordinary supply of the meter must not be held back. */
  get(meter: string, topology: OutageTopology): QuietMeter | null {
    const known = this.#meters.get(meter);
    if (known?.topology === topology) return known;
    const area = topology.areaOf(meter);
    if (area !== null && known?.area !== area) return null;
    return this.#add({ meter, area, topology, onAt: 0, answeredAt: 0, silentAt: 0, ...held(known) });
  }

  /** What was held back in the areas, as evidence. Nothing more is held back in them before `learn`. */
  release(areas: ReadonlySet<string>): Evidence[] {
    const evidence: Evidence[] = [];
    for (const area of areas) {
      for (const quiet of this.#byArea.get(area)?.values() ?? []) {
        evidence.push(...evidenceOf(quiet));
        this.#meters.delete(quiet.meter);
      }
      this.#byArea.delete(area);
    }
    return evidence;
  }

  /** Looks which of the areas are quiet in this state; their meters are, too. */
  learn(areas: ReadonlySet<string>, state: OutageState, topology: OutageTopology): void {
    for (const area of areas) {
      const known = state.areas.get(area);
      if (!known || known.incidents.some((incident) => incident.restoredAt === null)) continue;
      for (const [meter, facts] of known.meters) {
        if (isQuiet(facts) && topology.areaOf(meter) === area) {
          this.#add({ meter, area, topology, onAt: 0, answeredAt: 0, silentAt: 0 });
        }
      }
    }
  }

  #add(quiet: QuietMeter): QuietMeter {
    this.#meters.set(quiet.meter, quiet);
    if (quiet.area === null) return quiet;
    const there = this.#byArea.get(quiet.area) ?? new Map<string, QuietMeter>();
    this.#byArea.set(quiet.area, there.set(quiet.meter, quiet));
    return quiet;
  }
}

function isQuiet(facts: MeterFacts): boolean {
  return !isDark(facts) && facts.phases === null;
}

function held(known: QuietMeter | undefined): Partial<QuietMeter> {
  return known ? { onAt: known.onAt, answeredAt: known.answeredAt, silentAt: known.silentAt } : {};
}

function evidenceOf({ meter, onAt, answeredAt, silentAt }: QuietMeter): Evidence[] {
  const evidence: Evidence[] = [];
  // Which phases were on is of no interest where none was ever missing.
  if (onAt > 0) evidence.push({ fact: 'voltage_on', meter, at: onAt, seenAt: onAt, present: ['a'], missing: [] });
  if (answeredAt > 0) evidence.push({ fact: 'answered', meter, at: answeredAt, seenAt: answeredAt });
  if (silentAt > 0) evidence.push({ fact: 'silent', meter, at: silentAt, seenAt: silentAt });
  return evidence;
}
