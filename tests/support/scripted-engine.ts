import type { Outage, PlannedOutage } from '#contract/outage.ts';
import type { Kept, Settled, Wish } from '#domain/outages/engine-types.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { OffSpan } from '#domain/outages/switched-off.ts';
import type { Engine, EngineOverRegistry } from '../../gateway/outages/engine-port.ts';

type Found = Partial<Omit<Settled, 'more'>>;

/** An engine that finds what it is told to, one step at a settle, and remembers all that it was given. */
export class ScriptedEngine implements Engine {
  readonly taken: Evidence[] = [];
  readonly ordinaries: { readonly meter: string; readonly at: number }[] = [];
  /** What the next settles find; a settle beyond the script finds nothing. */
  readonly script: Found[] = [];
  readonly outages = new Map<string, Outage>();
  readonly renewedAt: number[] = [];
  kept: Kept = { supply: [], outages: [] };
  plans: readonly PlannedOutage[] = [];
  disconnected: ReadonlySet<string> = new Set();
  offSpans: readonly OffSpan[] = [];
  wanted: Wish[] = [];
  storm = false;
  /** Called whenever evidence is taken: what it finds is added to the script. */
  onTake: (evidence: readonly Evidence[]) => readonly Found[] = () => [];

  take(evidence: Iterable<Evidence>): void {
    const items = [...evidence];
    this.taken.push(...items);
    this.script.push(...this.onTake(items));
  }

  ordinary(meter: string, at: number): void {
    this.ordinaries.push({ meter, at });
  }

  setPlans(plans: readonly PlannedOutage[]): void {
    this.plans = plans;
  }

  setDisconnected(meters: ReadonlySet<string>, offSpans: readonly OffSpan[] = []): void {
    this.disconnected = meters;
    this.offSpans = offSpans;
  }

  settle(): Settled {
    const { changed = [], supply = [], forgotten = [] } = this.script.shift() ?? {};
    for (const outage of changed) this.outages.set(outage.id, outage);
    return { changed, supply, forgotten, more: this.script.length > 0 };
  }

  wishes(): readonly Wish[] {
    return this.wanted.splice(0);
  }

  *open(): Generator<Outage> {
    for (const outage of this.outages.values()) {
      if (outage.state === 'open' || outage.state === 'unconfirmed') yield outage;
    }
  }

  /** Hands itself over as the watch wants it. */
  readonly make = (kept: Kept): EngineOverRegistry => {
    this.kept = kept;
    for (const outage of kept.outages) this.outages.set(outage.id, outage);
    return { engine: this, renew: (at) => void this.renewedAt.push(at) };
  };
}
