import type { Installation } from '#contract/registry.ts';
import type { Exchanges } from './exchanges.ts';
import { importOnly, type Registers } from './registers.ts';

/** The register up to which energy is billed: where the next usage begins. */
export interface BilledUpTo {
  readonly meter: string;
  /** UTC ms. */
  readonly at: number;
  readonly registers: Registers;
}

/**
 * What the batch before says of a meter: where its usage goes on, null when it has a row but nothing was ever billed,
 * undefined when it has no row.
 */
export type BilledBefore = (meter: string) => BilledUpTo | null | undefined;

/** From where to where the usage of a row goes: stays one after the other, the last one that of the row. */
export interface Lineage {
  readonly from: BilledUpTo | null;
  readonly installations: readonly Installation[];
}

interface Known {
  readonly exchanges: Pick<Exchanges, 'before'>;
  /** Oldest first. */
  readonly installationsOf: (meter: string) => readonly Installation[];
  readonly billedBefore: BilledBefore;
  /** Moment of the batch before, UTC ms; null when there is none. */
  readonly previousSlot: number | null;
}

/**
 * Where the usage of an installation begins: at the register that was billed last, of this meter or of the one in whose
 * place it came since; at its own installation when it came to a new place since; null when neither is known.
 */
export function lineageOf(last: Installation, known: Known): Lineage {
  const installations = [last];
  for (let first = last; ; ) {
    const billed = known.billedBefore(first.meter);
    if (billed) {
      const since = sinceBilled(first, billed, known);
      return since === null
        ? { from: null, installations }
        : { from: billed, installations: [...since, ...installations.slice(1)] };
    }
    if (billed === null || known.previousSlot === null || first.from <= known.previousSlot) {
      return { from: null, installations };
    }
    const before = replacedSince(first, known.exchanges, known.previousSlot) ?? earlierSince(first, known);
    if (!before) return { from: atInstallation(first), installations };
    installations.unshift(before);
    first = before;
  }
}

/** The installation that this one replaced after the batch before, or null. */
export function replacedSince(
  installation: Installation,
  exchanges: Pick<Exchanges, 'before'>,
  previousSlot: number,
): Installation | null {
  const before = exchanges.before(installation);
  return before !== null && before.to !== null && before.to > previousSlot ? before : null;
}

/** The installation of the same meter elsewhere that ended after the batch before, or null. */
function earlierSince({ meter, from }: Installation, { installationsOf, previousSlot }: Known): Installation | null {
  const earlier = installationsOf(meter).findLast((each) => each.from < from && each.to !== null && each.to <= from);
  return earlier && (earlier.to ?? 0) > (previousSlot ?? 0) ? earlier : null;
}

/** Installations from the register that was billed to `first`, inclusive; null when nothing leads from one to the other. */
function sinceBilled(first: Installation, billed: BilledUpTo, known: Known): Installation[] | null {
  const chain = [first];
  let oldest = first;
  while (oldest.meter !== billed.meter) {
    const before = known.exchanges.before(oldest);
    if (!before) return null;
    chain.unshift(before);
    oldest = before;
  }
  const { from: until, meter } = oldest;
  const earlier = known.installationsOf(meter).filter(({ from, to }) => from < until && to !== null && to > billed.at);
  return [...earlier, ...chain];
}

function atInstallation({ meter, from, startWh }: Installation): BilledUpTo {
  return { meter, at: from, registers: importOnly(startWh) };
}
