import type { MeterModel } from '#contract/models.ts';
import type { Installation, Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { deviceSince } from '#domain/usage/device-run.ts';
import type { Baseline } from '#domain/validation/register.ts';
import { MOST_AHEAD_MS } from '#domain/validation/row-times.ts';
import type { Baseline as StoredBaseline } from '#stores/state-store.ts';

/** A meter with all that its rows are judged by, looked up once. */
export class KnownMeter {
  readonly meter: Meter;
  /** Null when the registry names a model that is no longer there: nothing can be said about its readings. */
  readonly model: MeterModel | null;
  /** Who reads it. */
  readonly collector: string | null;
  /** When it was first installed as far as the registry says, UTC ms. */
  readonly installedAt: number | null;
  /** The newest plausible register of the meter. */
  baseline: Baseline | null;
  readonly #installations: readonly Installation[];
  /** For each of them, since when its device was there. */
  readonly #since: readonly number[];

  constructor(
    meter: Meter,
    of: {
      readonly model: MeterModel | null;
      readonly collector: string | null;
      readonly installations: readonly Installation[];
      readonly baseline: Baseline | null;
    },
  ) {
    this.meter = meter;
    this.model = of.model;
    this.collector = of.collector;
    this.installedAt = of.installations[0]?.from ?? null;
    this.baseline = of.baseline;
    this.#installations = of.installations;
    this.#since = of.installations.map((_, i) => deviceSince(of.installations.slice(0, i + 1)) ?? 0);
  }

  /**
   * The register that a reading of `slot` is held against. Not one from before the device that was there at the slot:
   * another may have borne the id. Not one from the future: a clock was wrong when it was taken.
   */
  baselineFor(slot: number, now: number): Baseline | null {
    const known = this.baseline;
    if (!known || known.slot > now + MOST_AHEAD_MS) return null;
    for (let i = this.#installations.length - 1; i >= 0; i--) {
      if ((this.#installations[i]?.from ?? 0) > slot) continue;
      const since = this.#since[i] ?? 0;
      return known.slot < since ? null : known;
    }
    return known;
  }

  /** The baseline as the ledger keeps it. */
  stored(): StoredBaseline[] {
    return this.baseline ? [{ meter: this.meter.id, ...this.baseline }] : [];
  }
}

/** Meters of the registry that rows have come for. What nobody registered is not kept: there is no end to it. */
export class KnownMeters {
  readonly #registry: RegistryIndex;
  readonly #known = new Map<string, KnownMeter>();
  readonly #baselines = new Map<string, Baseline>();
  /** Concentrators by the collector whose lines lead to them. */
  readonly #concentrators: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(registry: RegistryIndex, baselines: readonly StoredBaseline[]) {
    this.#registry = registry;
    for (const { meter, slot, importWh } of baselines) this.#baselines.set(meter, { slot, importWh });
    const lines = Map.groupBy(registry.registry.lines, ({ collector }) => collector);
    this.#concentrators = new Map(
      [...lines].map(([collector, its]) => [collector, new Set(its.flatMap(({ concentrator }) => concentrator ?? []))]),
    );
  }

  /** Whether a line of the collector leads to the concentrator. */
  hasConcentrator(collector: string, concentrator: string): boolean {
    return this.#concentrators.get(collector)?.has(concentrator) ?? false;
  }

  /** Null when there is no such meter. */
  get(id: string): KnownMeter | null {
    return this.#known.get(id) ?? this.#learn(id);
  }

  #learn(id: string): KnownMeter | null {
    const meter = this.#registry.meter(id);
    if (!meter) return null;
    const known = new KnownMeter(meter, {
      model: this.#registry.modelOf(meter) ?? null,
      collector: this.#registry.line(meter.line)?.collector ?? null,
      installations: this.#registry.installationsOf(id),
      baseline: this.#baselines.get(id) ?? null,
    });
    this.#baselines.delete(id);
    this.#known.set(id, known);
    return known;
  }
}
