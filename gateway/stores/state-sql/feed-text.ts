import type { FeedContent, FeedOutcomes, FeedReadings } from '../feed-store.ts';

/**
 * What the feed may hold at most, in characters: half a day of a million meters with day freezes and quarter-hourly
 * profiles, some weeks of a district. Whoever is further behind finds a gap and begins anew.
 */
export const MOST_FEED_BYTES = 512 * 1024 * 1024;

/** Times by column, as small numbers: they are written for every row, and most rows are of a few slots. */
interface Times {
  /** The first slot, and how far each slot is from the one before it. */
  readonly first: number;
  /** Absent when all slots are the same. */
  readonly steps?: readonly number[];
  /** How long after its slot each row was read, ms. */
  readonly afters: readonly number[];
}

type PackedReadings = Omit<FeedReadings, 'slots' | 'readAts'> & { readonly times: Times };
type PackedOutcomes = Omit<FeedOutcomes, 'slots' | 'ats'> & { readonly times: Times };
type Packed = Omit<FeedContent, 'readings' | 'outcomes'> & {
  readonly readings?: readonly PackedReadings[];
  readonly outcomes?: readonly PackedOutcomes[];
};

/** Content as it is stored. */
export function feedText({ readings, outcomes, ...rest }: FeedContent): string {
  const packed: Packed = {
    ...rest,
    ...(readings && { readings: readings.map(packReadings) }),
    ...(outcomes && { outcomes: outcomes.map(packOutcomes) }),
  };
  return JSON.stringify(packed);
}

/** The content of such a text. */
export function contentOf(text: string): FeedContent {
  const { readings, outcomes, ...rest } = JSON.parse(text) as Packed;
  return {
    ...rest,
    ...(readings && { readings: readings.map(unpackReadings) }),
    ...(outcomes && { outcomes: outcomes.map(unpackOutcomes) }),
  };
}

function packReadings({ slots, readAts, ...columns }: FeedReadings): PackedReadings {
  return { ...columns, times: pack(slots, readAts) };
}

function packOutcomes({ slots, ats, ...columns }: FeedOutcomes): PackedOutcomes {
  return { ...columns, times: pack(slots, ats) };
}

function unpackReadings({ times, ...columns }: PackedReadings): FeedReadings {
  const { slots, ats: readAts } = unpack(times);
  return { ...columns, slots, readAts };
}

function unpackOutcomes({ times, ...columns }: PackedOutcomes): FeedOutcomes {
  return { ...columns, ...unpack(times) };
}

function pack(slots: readonly number[], ats: readonly number[]): Times {
  const first = slots[0] ?? 0;
  const steps: number[] = [];
  const afters: number[] = [];
  let last = first;
  let isOne = true;
  for (const [i, slot] of slots.entries()) {
    if (slot !== last) isOne = false;
    steps.push(slot - last);
    afters.push((ats[i] ?? 0) - slot);
    last = slot;
  }
  return isOne ? { first, afters } : { first, steps, afters };
}

function unpack({ first, steps, afters }: Times): { slots: number[]; ats: number[] } {
  const slots: number[] = [];
  const ats: number[] = [];
  let slot = first;
  for (const [i, after] of afters.entries()) {
    slot += steps?.[i] ?? 0;
    slots.push(slot);
    ats.push(slot + after);
  }
  return { slots, ats };
}
