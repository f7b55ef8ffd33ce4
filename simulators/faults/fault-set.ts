import { type Fault, isActive, type Target } from './fault.ts';
import { type FaultInput, parseFault } from './parse-fault.ts';

/** Where a meter is, so far as faults can strike it. */
export interface Place {
  readonly id: string;
  readonly area: string;
  readonly line: string;
  readonly feeder?: string;
  readonly branch?: string;
  readonly box?: string;
  readonly account?: string | null;
}

/** The fault that changed and, where it replaced another, that one. */
export interface FaultChange {
  readonly fault: Fault;
  readonly previous: Fault | undefined;
}

/**
 * All faults of a world, switchable while it runs. A fault that ended stays on the list: what it did to registers and
 * records remains true.
 */
export class FaultSet {
  readonly #faults = new Map<string, Fault>();
  readonly #byMeter = new Map<string, readonly Fault[]>();
  readonly #listeners = new Set<(change: FaultChange) => void>();
  readonly #exists: (target: Target) => boolean;

  constructor(exists: (target: Target) => boolean) {
    this.#exists = exists;
  }

  /**
   * Sets a fault. A running or coming fault of the same id is replaced as if it had never been; one that has ended
   * before `nowMs` is kept under another id. Throws FaultError.
   */
  put(id: string, input: FaultInput, nowMs: number): Fault {
    const fault = parseFault(id, input, this.#exists);
    const previous = this.#faults.get(id);
    const ended = previous !== undefined && previous.until !== null && previous.until <= nowMs;
    if (ended) {
      let n = 1;
      while (this.#faults.has(`${id}~${n}`)) n += 1;
      this.#faults.set(`${id}~${n}`, { ...previous, id: `${id}~${n}` });
    }
    this.#faults.set(id, fault);
    this.#changed({ fault, previous: ended ? undefined : previous });
    return fault;
  }

  /** Ends a fault at `nowMs`; one that had not begun is forgotten. False when there is none of that id. */
  end(id: string, nowMs: number): boolean {
    const previous = this.#faults.get(id);
    if (!previous) return false;
    if (previous.until !== null && previous.until <= nowMs) return true;
    const fault = { ...previous, until: nowMs };
    if (previous.from !== null && previous.from >= nowMs) this.#faults.delete(id);
    else this.#faults.set(id, fault);
    this.#changed({ fault, previous });
    return true;
  }

  list(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  get(id: string): Fault | undefined {
    return this.#faults.get(id);
  }

  /** Everything that ever strikes a meter, through itself, its area or its line. */
  of(place: Place): readonly Fault[] {
    let found = this.#byMeter.get(place.id);
    if (!found) {
      found = this.list().filter(({ target }) => strikes(target, place));
      this.#byMeter.set(place.id, found);
    }
    return found;
  }

  /** True while a line as a whole is cut off. */
  isOffline(line: string, nowMs: number): boolean {
    return this.list().some(
      (fault) => fault.kind === 'concentrator-offline' && fault.target.id === line && isActive(fault, nowMs),
    );
  }

  /** The next instant after `nowMs` at which a fault of this line begins or ends, or undefined. */
  nextBorder(line: string, nowMs: number): number | undefined {
    const borders = this.list()
      .filter(({ target }) => target.kind === 'line' && target.id === line)
      .flatMap(({ from, until }) => [from, until])
      .filter((border) => border !== null && border > nowMs)
      .map(Number);
    return borders.length > 0 ? Math.min(...borders) : undefined;
  }

  /** Returns what ends the subscription. */
  onChange(listener: (change: FaultChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(change: FaultChange): void {
    this.#byMeter.clear();
    for (const listener of this.#listeners) listener(change);
  }
}

/** What a target of this kind would be called for it to strike the place; null when none can. */
function nameFor(kind: Target['kind'], place: Place): string | null {
  switch (kind) {
    case 'meter':
      return place.id;
    case 'branch':
    case 'box':
      return place[kind] === undefined ? null : `${place.area}/${place[kind]}`;
    default:
      return place[kind] ?? null;
  }
}

export function strikes(target: Target, place: Place): boolean {
  return nameFor(target.kind, place) === target.id;
}
