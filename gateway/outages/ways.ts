import type { Line } from '#contract/registry.ts';
import type { LineStatus } from '#contract/status.ts';
import type { WayEvidence } from '#domain/outages/evidence-types.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { StatusStore, StoredStatus } from '#stores/state-store.ts';

/** A collector says something twice a minute; one that has not for this long is away, whatever it said last, ms. */
const SILENT_MS = 180_000;

/**
 * What collectors say of themselves and their lines, as evidence of the ways to the meters. A collector repeats its
 * status again and again: only what differs from what it said before is told, and everything once after a start.
 */
export class Ways {
  readonly #collectors: readonly string[];
  readonly #startedAt: number;
  /** When each collector spoke last, monotonic ms. */
  readonly #heardAt = new Map<string, number>();
  readonly #lineOf: (id: string) => Line | undefined;
  readonly #linesOf: ReadonlyMap<string, readonly Line[]>;
  /** Whether each way works, as it was told last. */
  readonly #works = new Map<string, boolean>();
  /** State of each line as its collector told it last; `idle` is no state. */
  readonly #lines = new Map<string, Pick<LineStatus, 'state' | 'reason'>>();

  /** `mono`: monotonic ms. */
  constructor(registry: RegistryIndex, mono: number) {
    this.#collectors = registry.registry.collectors.map(({ id }) => id);
    this.#startedAt = mono;
    this.#lineOf = (id) => registry.line(id);
    this.#linesOf = Map.groupBy(
      registry.registry.lines.filter(({ concentrator }) => concentrator !== null),
      ({ concentrator }) => concentrator ?? '',
    );
  }

  /**
   * The times are those of the centre: a last will carries that of the moment at which the collector connected. Of a
   * collector that is away nothing is said of its lines.
   */
  heard({ collector, status, receivedAt }: StoredStatus, mono: number): WayEvidence[] {
    this.#heardAt.set(collector, mono);
    const found: WayEvidence[] = [];
    this.#note(found, 'collector', collector, status.online, receivedAt);
    if (!status.online) return found;
    const concentrators = new Set<string>();
    for (const { id, state, reason } of status.lines) {
      const line = this.#lineOf(id);
      if (state === 'idle' || line?.collector !== collector) continue;
      this.#lines.set(id, { state, reason });
      this.#note(found, 'line', id, state === 'up', receivedAt);
      if (line.concentrator !== null) concentrators.add(line.concentrator);
    }
    for (const id of concentrators) this.#concentrator(found, id, receivedAt);
    return found;
  }

  /** Collectors of which nothing was heard for too long, since they spoke or since the start; `now` in UTC ms. */
  overdue(now: number, mono: number): WayEvidence[] {
    const found: WayEvidence[] = [];
    for (const id of this.#collectors) {
      const heardAt = this.#heardAt.get(id) ?? this.#startedAt;
      if (mono - heardAt >= SILENT_MS) this.#note(found, 'collector', id, false, now);
    }
    return found;
  }

  /** It works while one of its lines does, and is down when all are, or when one is down because of it. */
  #concentrator(found: WayEvidence[], id: string, at: number): void {
    const lines = (this.#linesOf.get(id) ?? []).map((line) => this.#lines.get(line.id));
    const works = lines.some((line) => line?.state === 'up');
    const isAway = lines.some((line) => line?.reason === 'concentrator_offline');
    const isDown = isAway || lines.every((line) => line?.state === 'down');
    if (works || isDown) this.#note(found, 'concentrator', id, works, at);
  }

  #note(found: WayEvidence[], way: WayEvidence['way'], id: string, works: boolean, at: number): void {
    const key = `${way} ${id}`;
    if (this.#works.get(key) === works) return;
    this.#works.set(key, works);
    found.push({ fact: works ? 'way_up' : 'way_down', way, id, at, seenAt: at });
  }
}

/** The same store, with `heard` told of every status that was saved. */
export function heardStatuses(store: StatusStore, heard: (stored: StoredStatus) => void): StatusStore {
  return {
    all: () => store.all(),
    save: async (stored) => {
      heard(stored);
      await store.save(stored);
    },
  };
}
