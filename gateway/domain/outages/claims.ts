import type { Outage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import { type DarkRun, terminalNumber } from './dark-run.ts';
import type { OutageTopology } from './topology.ts';

/** A record by a wrong clock is about as long as its outage. */
const AS_LONG_MS = 20_000;
const AS_LONG_SHARE = 0.04;

interface Claim {
  readonly outage: Outage;
  readonly from: number;
  readonly to: number;
  /** A record of both times is claimed this far beyond them, because it may be one by a wrong clock. */
  readonly slack: number;
}

/** To what a run belongs: the supply of a meter or terminal, or one phase of a meter. */
export type RunFamily = 'outage' | Phase;

/** What one meter or terminal claims; `isWhole`: it has the very times of the incident. */
interface Thing {
  readonly thing: number;
  readonly isWhole: boolean;
}

/** Which interruptions belong to past incidents that stand. Kept from one derivation to the next: most stand on. */
export class Claims {
  /** By number of the meter, or of the terminal, below zero. */
  readonly #byThing = new Map<number, Claim[]>();
  readonly #claimed = new Map<Outage, { readonly things: readonly Thing[]; readonly isFrozen: boolean }>();

  /** These incidents claim their runs, and no others do; one that nothing changes any more, those of all its members. */
  of(
    standing: ReadonlySet<Outage>,
    topology: OutageTopology,
    slackMs: number,
    isFrozen: (outage: Outage) => boolean,
  ): this {
    for (const [outage, known] of this.#claimed) {
      if (!standing.has(outage) || known.isFrozen !== isFrozen(outage)) this.#drop(outage, known.things);
    }
    for (const outage of standing) {
      if (!this.#claimed.has(outage)) this.#add(outage, isFrozen(outage), topology, slackMs);
    }
    return this;
  }

  /** To be called when meters get other numbers. */
  clear(): void {
    this.#byThing.clear();
    this.#claimed.clear();
  }

  has(run: DarkRun, family: RunFamily): boolean {
    const claims = this.#byThing.get(run.meter);
    if (claims === undefined) return false;
    const end = run.end ?? Number.POSITIVE_INFINITY;
    // A dark single-phase meter is a member of a lost phase, too.
    const isRecord = run.exactStart && run.exactEnd;
    return claims.some(({ outage, from, to, slack }) => {
      const isAsLong = Math.abs(end - run.start - (to - from)) <= Math.max(AS_LONG_MS, AS_LONG_SHARE * (to - from));
      const reach = isRecord && isAsLong ? slack : 0;
      return (family === 'outage' || outage.phase === family) && run.start < to + reach && end > from - reach;
    });
  }

  #add(outage: Outage, isFrozen: boolean, topology: OutageTopology, slackMs: number): void {
    const things = thingsOf(outage, isFrozen, topology);
    this.#claimed.set(outage, { things, isFrozen });
    const [from, to] = [outage.startedAt, outage.restoredAt ?? outage.startedAt];
    for (const { thing, isWhole } of things) {
      const claim: Claim = { outage, from, to, slack: isWhole ? slackMs : 0 };
      const claims = this.#byThing.get(thing);
      if (claims) claims.push(claim);
      else this.#byThing.set(thing, [claim]);
    }
  }

  #drop(outage: Outage, things: readonly Thing[]): void {
    this.#claimed.delete(outage);
    for (const { thing } of things) {
      const left = this.#byThing.get(thing)?.filter((claim) => claim.outage !== outage) ?? [];
      if (left.length === 0) this.#byThing.delete(thing);
      else this.#byThing.set(thing, left);
    }
  }
}

function thingsOf(outage: Outage, isFrozen: boolean, { meters, ways }: OutageTopology): Thing[] {
  const { members, evidence, startedAt, restoredAt } = outage;
  const told = members.filter((member) => isFrozen || member.told === 'itself');
  const terminals = new Set(evidence.filter(({ fact }) => fact === 'terminal_down').map(({ id }) => id));
  return [
    ...told.flatMap(({ meter, from, to }) => {
      const thing = meters.ids.numberOf(meter);
      return thing === undefined ? [] : { thing, isWhole: from === startedAt && to === restoredAt };
    }),
    ...[...terminals].flatMap((id) => {
      const number = ways.concentrators.numberOf(id);
      return number === undefined ? [] : { thing: terminalNumber(number), isWhole: false };
    }),
  ];
}
