import type { Installation } from '#contract/registry.ts';

/**
 * Which meter took the place of which: installations of one account, each that ended with the one that began no
 * earlier. An account may have several meters, so ends and beginnings are paired in the order of time, the same meter
 * first. Kept only for accounts where a meter was taken out.
 */
export class Exchanges {
  readonly #before = new Map<string, Installation>();
  readonly #after = new Map<string, Installation>();

  /** Walks the installations twice. */
  constructor({ installations }: { readonly installations: Iterable<Installation> }) {
    const ended = new Set<string>();
    for (const { account, to } of installations) if (account !== null && to !== null) ended.add(account);
    const concerned: Installation[] = [];
    for (const installation of installations) {
      if (installation.account !== null && ended.has(installation.account)) concerned.push(installation);
    }
    for (const ofAccount of Map.groupBy(concerned, ({ account }) => account).values()) this.#pair(ofAccount);
  }

  /** The installation in whose place this one came, or null. */
  before(installation: Installation): Installation | null {
    return this.#before.get(keyOf(installation)) ?? null;
  }

  /** The installation that came in the place of this one, or null. */
  after(installation: Installation): Installation | null {
    return this.#after.get(keyOf(installation)) ?? null;
  }

  #pair(installations: readonly Installation[]): void {
    const ends = installations
      .flatMap((installation) => (installation.to === null ? [] : [{ installation, to: installation.to }]))
      .toSorted((a, b) => a.to - b.to || compare(a.installation, b.installation));
    const begins = new Set(installations.toSorted((a, b) => a.from - b.from || compare(a, b)));
    for (const { installation, to } of ends) {
      const later = [...begins].filter((each) => each.from >= to && each !== installation);
      const next = later.find((each) => each.meter === installation.meter && each.from === to) ?? later[0];
      if (!next) continue;
      begins.delete(next);
      this.#after.set(keyOf(installation), next);
      this.#before.set(keyOf(next), installation);
    }
  }
}

function keyOf({ meter, from }: Installation): string {
  return `${from} ${meter}`;
}

function compare(a: Installation, b: Installation): number {
  return a.meter < b.meter ? -1 : Number(a.meter > b.meter);
}
