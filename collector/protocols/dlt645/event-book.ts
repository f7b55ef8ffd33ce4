import type { EventKind } from '#contract/envelope.ts';

/** What was seen of one kind of event when the meter was last looked at. */
export interface Seen {
  /** The meter's own count; null when it has none. */
  readonly count: number | null;
  /** Start of the newest record, UTC ms. */
  readonly newest: number | null;
  /** True when the newest record had no end yet. */
  readonly isOpen: boolean;
}

/** What the meters of one line have told of their events; forgotten with the process, then the last ones are read again. */
export class EventBook {
  readonly #meters = new Map<string, Map<EventKind, Seen>>();

  seen(meter: string, kind: EventKind): Seen | undefined {
    return this.#meters.get(meter)?.get(kind);
  }

  /** Only when all that was read is on its way: what is written here is not read again. */
  note(meter: string, looks: ReadonlyMap<EventKind, Seen>): void {
    this.#meters.set(meter, new Map([...(this.#meters.get(meter) ?? []), ...looks]));
  }
}
