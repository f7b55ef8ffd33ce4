import { existsSync, readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { PlanMeter } from '#contract/plan.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import { writeFileAtomic } from '#platform/files.ts';
import type { Logger } from '#platform/logger.ts';
import type { Missing } from './protocols/missing.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * For how long a refusal is believed, by how often it has been heard: the first may be a slip of the line, and even
 * the third may be undone by new firmware or new settings. A meter without its freezes today may have them tomorrow, so
 * it is asked again while those of today can still be fetched: two days is less than the usual repair.
 */
const BELIEVED_MS = [HOUR_MS, DAY_MS, 2 * DAY_MS] as const;
/** Meters that tell something new come in bursts, when a line is read for the first time. */
const SAVE_AFTER_MS = 60_000;

const Entry = Type.Object(
  { item: Type.String(), why: Type.String(), at: Type.Integer(), heard: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
);
const Content = Type.Object(
  {
    v: Type.Literal(1),
    /** `as` names the device: with another model or address it is another one, and nothing is known of it. */
    meters: Type.Array(
      Type.Object(
        { meter: Type.String(), as: Type.String(), items: Type.Array(Entry) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
const schema = Compile(Content);

/** One thing that a meter has refused. `at`: when it was heard last, UTC ms. */
export type MissingItem = Static<typeof Entry>;

interface Known {
  readonly as: string;
  readonly items: Map<string, MissingItem>;
}

interface Parts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What the meters of a collector have refused, on disk, so that a restart does not ask for everything again. It is a
 * convenience and no record: when the file is lost, the meters are asked once more.
 */
export class MissingFile implements Missing {
  readonly #path: string;
  readonly #parts: Parts;
  readonly #meters = new Map<string, Known>();
  #plan: readonly PlanMeter[] = [];
  /** By id, made when a meter has told of something for the first time. */
  #devices: ReadonlyMap<string, PlanMeter> | null = null;
  #saving: Cancel | null = null;

  constructor(path: string, parts: Parts) {
    this.#path = path;
    this.#parts = parts;
    for (const { meter, as, items } of this.#stored()) {
      this.#meters.set(meter, { as, items: new Map(items.map((item) => [item.item, item])) });
    }
  }

  /** Takes the meters of a plan; what is known of others, or of other devices under their ids, is forgotten. */
  adopt(meters: readonly PlanMeter[]): void {
    this.#plan = meters;
    this.#devices = null;
    if (this.#meters.size === 0) return;
    for (const [meter, { as }] of this.#meters) {
      if (this.#nameOf(meter) === as) continue;
      this.#meters.delete(meter);
      this.#saveSoon();
    }
  }

  has(meter: string, item: string): boolean {
    const known = this.#meters.get(meter)?.items.get(item);
    return known !== undefined && this.#isBelieved(known);
  }

  add(meter: string, item: string, why: string): void {
    const as = this.#nameOf(meter);
    if (as === null) return;
    let known = this.#meters.get(meter);
    if (!known) {
      known = { as, items: new Map() };
      this.#meters.set(meter, known);
    }
    const before = known.items.get(item);
    // The same answer while it is believed is no further proof: it came from a request that was on its way.
    if (before && this.#isBelieved(before)) return;
    known.items.set(item, {
      item,
      why: why.slice(0, 100),
      at: this.#parts.clock.now(),
      heard: (before?.heard ?? 0) + 1,
    });
    this.#saveSoon();
  }

  /** What a meter is not asked for at present. */
  of(meter: string): readonly MissingItem[] {
    const items = this.#meters.get(meter)?.items.values() ?? [];
    return [...items].filter((item) => this.#isBelieved(item));
  }

  /** Writes what is new, at the end of the process. */
  close(): void {
    if (this.#saving === null) return;
    this.#saving();
    this.#save();
  }

  #nameOf(id: string): string | null {
    this.#devices ??= new Map(this.#plan.map((meter) => [meter.id, meter]));
    const meter = this.#devices.get(id);
    return meter ? `${meter.model}@${meter.address}` : null;
  }

  /** A clock that was set back must not make a refusal last longer than it may. */
  #isBelieved({ at, heard }: MissingItem): boolean {
    const age = Math.abs(this.#parts.clock.now() - at);
    return age < (BELIEVED_MS[Math.min(heard, BELIEVED_MS.length) - 1] ?? HOUR_MS);
  }

  #saveSoon(): void {
    this.#saving ??= this.#parts.clock.after('missing items', SAVE_AFTER_MS, () => this.#save());
  }

  #save(): void {
    this.#saving = null;
    const meters = [...this.#meters].map(([meter, { as, items }]) => ({ meter, as, items: [...items.values()] }));
    try {
      writeFileAtomic(this.#path, `${JSON.stringify({ v: 1, meters })}\n`);
    } catch (err) {
      this.#parts.logger.warn(
        { err, path: this.#path },
        'what meters lack cannot be stored; it will be asked for again',
      );
    }
  }

  #stored(): Static<typeof Content>['meters'] {
    if (!existsSync(this.#path)) return [];
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (schema.Check(value)) return value.meters;
    } catch (err) {
      this.#parts.logger.debug({ err, path: this.#path }, 'the file of missing items cannot be read');
    }
    this.#parts.logger.warn(
      { path: this.#path },
      'the file of missing items is not usable; they will be asked for again',
    );
    return [];
  }
}
