import fc from 'fast-check';
import { type Batch, type Envelope, EVENT_KINDS } from '#contract/envelope.ts';
import { ID_PATTERN } from '#contract/ids.ts';
import { isSignedCounter, mostOfState, QUANTITY_NAMES, type QuantityName, quantity } from '#contract/quantities.ts';
import { REASONS } from '#contract/reasons.ts';

const id = fc.stringMatching(new RegExp(ID_PATTERN));
const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 0, 1) });
const maybeInstant: fc.Arbitrary<number | null> = fc.option(instant);
const sequence = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

function anyValue(name: QuantityName): fc.Arbitrary<number> {
  const { kind } = quantity(name);
  if (kind === 'counter') return fc.integer({ min: isSignedCounter(name) ? -1e12 : 0, max: 1e12 });
  if (kind === 'state') return fc.integer({ min: 0, max: mostOfState(name) });
  if (kind === 'time') return instant;
  // JSON has no −0.
  return fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => (value === 0 ? 0 : value));
}

function valuesOf(quantities: readonly QuantityName[]): fc.Arbitrary<(number | null)[]> {
  return fc.tuple(...quantities.map((name) => fc.option(anyValue(name))));
}

const readingBatch: fc.Arbitrary<Batch> = fc.uniqueArray(fc.constantFrom(...QUANTITY_NAMES)).chain((quantities) =>
  fc.record({
    stream: fc.constant('reading' as const),
    task: id,
    quantities: fc.constant(quantities),
    rows: fc.array(
      fc.record({
        meter: id,
        slot: instant,
        meterTime: maybeInstant,
        readAt: instant,
        values: valuesOf(quantities),
      }),
    ),
  }),
);

const outcomeBatch: fc.Arbitrary<Batch> = fc.record({
  stream: fc.constant('outcome' as const),
  task: id,
  rows: fc.array(
    fc.record({
      meter: id,
      slot: instant,
      at: instant,
      reason: fc.constantFrom(...REASONS),
      detail: fc.string({ maxLength: 200 }),
      attempts: fc.nat(),
      lastBytes: fc.stringMatching(/^[0-9A-F]{0,128}$/),
      final: fc.boolean(),
    }),
  ),
});

const eventRow = fc.tuple(id, fc.constantFrom(...EVENT_KINDS), instant, fc.option(fc.nat(10 ** 8)), instant);

const eventBatch: fc.Arbitrary<Batch> = fc.record({
  stream: fc.constant('event' as const),
  task: id,
  rows: fc.array(
    eventRow.map(([meter, kind, start, length, readAt]) => ({
      meter,
      kind,
      start,
      end: length === null ? null : start + length,
      readAt,
    })),
  ),
});

export const envelopes: fc.Arbitrary<Omit<Envelope, 'rejects'>> = fc.record({
  epoch: id,
  seq: sequence,
  count: fc.integer({ min: 1, max: 1_000_000 }),
  oldest: sequence,
  sentAt: instant,
  batches: fc.array(
    fc
      .tuple(fc.oneof(readingBatch, outcomeBatch, eventBatch), fc.option(id, { nil: undefined }))
      .map(([batch, job]): Batch => (job === undefined ? batch : { ...batch, job })),
    { maxLength: 8 },
  ),
});
