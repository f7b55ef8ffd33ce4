import type { Anomaly, AnomalyLevel, AnomalyRule } from '#contract/anomaly.ts';
import { anomalyId, type RuleBasis, type Transition } from '#domain/anomalies/transition.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';

type Before = (meter: string, id: string) => Promise<Anomaly | null>;

/** Anomalies as a stretch of judging leaves them, put together from what became of each. */
export class FoundAnomalies {
  readonly #before: Before;
  readonly #levelOf: (rule: AnomalyRule) => AnomalyLevel;
  readonly #found = new Map<string, Anomaly>();

  /** `before` knows what is stored: of what opened before the stretch only the rest is told in it. */
  constructor(before: Before, levelOf: (rule: AnomalyRule) => AnomalyLevel) {
    this.#before = before;
    this.#levelOf = levelOf;
  }

  get size(): number {
    return this.#found.size;
  }

  has(id: string): boolean {
    return this.#found.has(id);
  }

  get anomalies(): Anomaly[] {
    return [...this.#found.values()];
  }

  async add(index: RegistryIndex, meter: string, transitions: readonly Transition[]): Promise<void> {
    for (const transition of transitions) {
      const id = anomalyId(meter, transition);
      const before = this.#found.get(id) ?? (transition.kind === 'open' ? null : await this.#before(meter, id));
      this.#found.set(id, this.#after(before ?? this.#opened(index, meter, transition), transition));
    }
  }

  #opened(index: RegistryIndex, meter: string, transition: Transition): Anomaly {
    const { rule, at, from, to, facts } = transition;
    const area = index.areaAt(meter, at) ?? index.meter(meter)?.area ?? '';
    const feeder = index.feeder(index.area(area)?.feeder ?? '');
    return {
      ...{ id: anomalyId(meter, transition), rule, meter, area, district: feeder?.district ?? null },
      ...{ level: this.#levelOf(rule), openedAt: at, closedAt: null, from, to, facts },
      score: typeof facts['score'] === 'number' ? facts['score'] : null,
    };
  }

  #after(before: Anomaly, { kind, at, to, facts }: Transition): Anomaly {
    return { ...before, to, facts: { ...before.facts, ...facts }, closedAt: kind === 'close' ? at : null };
  }
}

/** Whether a stored anomaly was found by looking at this: rules may look at more than one thing. */
export function isOfBasis({ id, rule, meter, from }: Anomaly, basis: RuleBasis): boolean {
  return id === anomalyId(meter, { rule, basis, from });
}
