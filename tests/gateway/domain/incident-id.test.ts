import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isId } from '#contract/ids.ts';
import { incidentId } from '#domain/incident-id.ts';

const letters = [...'abcXYZ019_-'];
const place = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 64, size: 'max' });
const instant = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 });

describe('the id of an incident', () => {
  it('is the same for the same kind, place and beginning, and an id for every place', () => {
    fc.assert(
      fc.property(place, instant, (where, startedAt) => {
        const id = incidentId('phase-lost-c', where, startedAt);
        expect(id).toBe(incidentId('phase-lost-c', where, startedAt));
        expect(isId(id), id).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('names the place as it is up to 41 characters', () => {
    const where = 'a'.repeat(41);
    expect(incidentId('outage', where, 36)).toBe(`outage-${where}-10`);
  });

  it('tells places, kinds and beginnings apart, long names too', () => {
    const long = 'x'.repeat(63);
    const ids = [
      incidentId('outage', `${long}1`, 5),
      incidentId('outage', `${long}2`, 5),
      incidentId('outage', `${long}1`, 6),
      incidentId('stopped', `${long}1`, 5),
      incidentId('outage', long, 5),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
