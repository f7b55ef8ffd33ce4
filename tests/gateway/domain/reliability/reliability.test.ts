import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outage, OutageKind, OutageState } from '#contract/outage.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { ReliabilityTally } from '#domain/reliability/reliability.ts';
import { servedMs } from '#domain/reliability/served.ts';
import { membersOf, outageOf } from '../../../support/outages.ts';
import { at, DAY_MS, installation, meter, registry } from '../site.ts';

const HOUR = 3_600_000;
const MIN = 60_000;
const DAY = { from: at('2026-11-20'), to: at('2026-11-21') };
const NOW = DAY.to + HOUR;

/** Areas a1 and a2 with meters m0 … m3 in a1, m4 and m5 in a2; m5 has three phases. */
const places = {
  areaOf: (id: string) => (/^m[0-3]$/.test(id) ? 'a1' : /^m[45]$/.test(id) ? 'a2' : null),
  groupOf: (area: string): string | null => area,
  phasesOf: (id: string) => (id === 'm5' ? 3 : 1),
};
const SERVED = new Map([
  ['a1', BigInt(4 * DAY_MS)],
  ['a2', BigInt(2 * DAY_MS)],
]);

function figures(outages: readonly Outage[], over: { now?: number; groupOf?: typeof places.groupOf } = {}) {
  const { now = NOW, groupOf = places.groupOf } = over;
  const tally = new ReliabilityTally({ ...places, groupOf }, { period: DAY, sustainedMs: MIN, now });
  for (const each of outages) tally.add(each);
  return tally.figures(SERVED);
}

const outage = (meters: readonly string[], minutes: readonly [number, number | null], over: Partial<Outage> = {}) => {
  const [startedAt, to] = [DAY.from + minutes[0] * MIN, minutes[1] === null ? null : DAY.from + minutes[1] * MIN];
  const members = membersOf(meters, startedAt, to);
  return outageOf({ id: `o${startedAt}`, area: 'a1', startedAt, restoredAt: to, members, ...over });
};

describe('figures of reliability', () => {
  test('are those of IEEE 1366, by group and of all', () => {
    const { total, groups } = figures([
      outage(['m0', 'm1', 'm2'], [60, 120]),
      outage(['m0'], [300, 330]),
      outage(['m4', 'm5'], [600, 720], { area: 'a2', areas: ['a2'] }),
    ]);
    expect(total).toMatchObject({ customersServed: 6, outages: 3, resolved: 3 });
    expect(total.unplanned).toEqual({
      customerInterruptions: 6,
      customerMs: BigInt((180 + 30 + 240) * MIN),
      saidiMin: 75,
      saifi: 1,
      caidiMin: 75,
    });
    expect(groups.get('a1')?.unplanned).toMatchObject({ customerInterruptions: 4, saidiMin: 52.5, saifi: 1 });
    expect(groups.get('a2')?.unplanned).toMatchObject({ saidiMin: 120, saifi: 1, caidiMin: 120 });
    expect(total.planned).toMatchObject({ customerInterruptions: 0, saidiMin: 0, saifi: 0, caidiMin: null });
  });

  test('count time where it passed, and an interruption where it began', () => {
    const before = figures([outage(['m0'], [-30, 30])]).total.unplanned;
    expect(before).toMatchObject({ customerInterruptions: 0, customerMs: BigInt(30 * MIN) });
    const after = figures([outage(['m0'], [23 * 60, 25 * 60])]).total.unplanned;
    expect(after).toMatchObject({ customerInterruptions: 1, customerMs: BigInt(60 * MIN) });
  });

  test('let what is open last until now, and nothing beyond', () => {
    const now = DAY.from + 3 * HOUR;
    const { unplanned } = figures([outage(['m0'], [120, null])], { now }).total;
    expect(unplanned).toMatchObject({ customerInterruptions: 1, customerMs: BigInt(HOUR) });
  });

  test('leave out what is short, by its whole length', () => {
    expect(figures([outage(['m0'], [60, 61])]).total.unplanned.customerInterruptions).toBe(0);
    const just = outage(['m0'], [60, 61], { members: membersOf(['m0'], DAY.from, DAY.from + MIN + 1) });
    expect(figures([just]).total.unplanned.customerInterruptions).toBe(1);
    expect(figures([outage(['m0'], [-30, 0.5])]).total.unplanned.customerMs).toBe(BigInt(MIN / 2));
  });

  test('keep announced work apart, and pass over what is no interruption', () => {
    const { total } = figures([
      outage(['m0'], [60, 120], { kind: 'planned' }),
      outage(['m1'], [60, 120], { id: 'c', kind: 'collection' }),
      outage(['m1'], [60, 120], { id: 'u', state: 'unconfirmed' }),
      outage(['m1'], [60, 120], { id: 'd', state: 'dismissed' }),
      outage(['supply'], [60, 120], { id: 's' }),
    ]);
    expect(total.planned).toMatchObject({ customerInterruptions: 1, customerMs: BigInt(HOUR) });
    expect(total.unplanned).toMatchObject({ customerInterruptions: 0, customerMs: 0n });
    expect(total).toMatchObject({ outages: 2, resolved: 1 });
  });

  test('take a lost phase for an interruption of single-phase customers only', () => {
    const lost = outage(['m4', 'm5'], [60, 120], { kind: 'phase-lost', phase: 'a', area: 'a2', areas: ['a2'] });
    expect(figures([lost]).total).toMatchObject({ outages: 1, unplanned: { customerInterruptions: 1 } });
  });

  test('count an outage as resolved to customers when one of them told so itself', () => {
    const members = membersOf(['m0'], DAY.from).map((member) => ({ ...member, told: 'presumed' as const }));
    expect(figures([outage(['m0'], [60, 120], { members })]).total).toMatchObject({ outages: 1, resolved: 0 });
  });

  test('show how long it took from the first fact to the incident', () => {
    const found = [1, 2, 3, 40].map((seconds, i) => {
      const firstEvidenceAt = DAY.from + i * HOUR;
      const detectedAt = firstEvidenceAt + seconds * 1000;
      return outage(['m0'], [60 * i, 60 * i + 30], { firstEvidenceAt, detectedAt });
    });
    expect(figures(found).total.toIncidentMs).toEqual({ p50: 2000, p95: 40_000, max: 40_000 });
    expect(figures([]).total.toIncidentMs).toBeNull();
  });

  test('are of one district alone when only its areas have a group', () => {
    const found = [outage(['m0'], [60, 120]), outage(['m4'], [60, 120], { id: 'x', area: 'a2', areas: ['a2'] })];
    const { total, groups } = figures(found, { groupOf: (area) => (area === 'a2' ? 'd2' : null) });
    expect(total).toMatchObject({ customersServed: 2, outages: 1, unplanned: { customerInterruptions: 1 } });
    expect([...groups.keys()]).toEqual(['d2']);
  });
});

test('customers served are those in place, each for its time', () => {
  const noon = DAY.from + DAY_MS / 2;
  const index = new RegistryIndex(
    registry({
      meters: [meter('m1'), meter('m2'), meter('m3', { area: 'a2' }), meter('m4', { role: 'supply' })],
      installations: [
        installation('m1'),
        installation('m2', { to: noon }),
        installation('m3', { area: 'a1', from: noon, to: noon + HOUR }),
        installation('m3', { from: noon + HOUR }),
        installation('m4'),
      ],
    }),
  );
  const work = servedMs(index, DAY);
  let step = work.next();
  while (!step.done) step = work.next();
  expect(step.value).toEqual(
    new Map([
      ['a1', BigInt(DAY_MS + DAY_MS / 2 + HOUR)],
      ['a2', BigInt(DAY_MS / 2 - HOUR)],
    ]),
  );
});

describe('a slow count', () => {
  const END = 60;
  const METERS = ['m0', 'm1', 'm4', 'm5', 'supply'];
  const anOutage = fc
    .record({
      kind: fc.constantFrom<OutageKind>('outage', 'planned', 'phase-lost', 'collection'),
      state: fc.constantFrom<OutageState>('open', 'restored', 'unconfirmed'),
      restoredAt: fc.option(fc.integer({ min: 1, max: END })),
      members: fc.uniqueArray(
        fc.record({
          meter: fc.constantFrom(...METERS),
          from: fc.integer({ min: 0, max: END }),
          to: fc.option(fc.integer({ min: 0, max: END })),
          told: fc.constantFrom('itself' as const, 'presumed' as const),
        }),
        { selector: ({ meter: id }) => id },
      ),
    })
    .map((over) => outageOf({ id: 'x', startedAt: 0, area: 'a1', ...over }));

  const isDark = (outages: readonly Outage[], id: string, moment: number, now: number): boolean =>
    outages.some(({ kind, restoredAt, members }) =>
      members.some(({ meter: each, from, to }) => {
        if (each !== id || (kind === 'phase-lost' && id === 'm5')) return false;
        return from <= moment && moment < (to ?? restoredAt ?? now);
      }),
    );

  /** Moment by moment, without any of the tricks. */
  function slowlyOf(dark: readonly boolean[], terms: Terms) {
    const isIn = (moment: number): boolean => moment >= terms.from && moment < terms.to;
    const starts = [...dark.keys()].filter((moment) => dark[moment] && !dark[moment - 1]);
    const runs = starts.map((start) => ({ start, length: dark.indexOf(false, start) - start }));
    const sustained = runs.filter(({ length }) => length > terms.sustained);
    const moments = sustained.flatMap(({ start, length }) => [...Array(length).keys()].map((i) => start + i));
    return { ms: moments.filter(isIn).length, begun: sustained.filter(({ start }) => isIn(start)).length };
  }

  interface Terms {
    readonly from: number;
    readonly to: number;
    readonly sustained: number;
    readonly now: number;
  }

  function slowly(outages: readonly Outage[], terms: Terms) {
    const customers = METERS.filter((each) => places.areaOf(each) !== null);
    const counts = customers.map((id) =>
      slowlyOf(
        Array.from({ length: END + 2 }, (_, moment) => isDark(outages, id, moment, terms.now)),
        terms,
      ),
    );
    const sum = (name: 'ms' | 'begun'): number => counts.reduce((total, each) => total + each[name], 0);
    return { ms: sum('ms'), begun: sum('begun') };
  }

  test('comes to the same sums', () => {
    fc.assert(
      fc.property(
        fc.array(anOutage, { maxLength: 6 }),
        fc.integer({ min: 0, max: END }),
        fc.integer({ min: 1, max: END }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: END }),
        (outages, from, length, sustained, now) => {
          const period = { from, to: from + length };
          const tally = new ReliabilityTally(places, { period, sustainedMs: sustained, now });
          for (const each of outages) tally.add(each);
          const { total, groups } = tally.figures(SERVED);
          const counted = outages.filter(({ kind, state }) => kind !== 'collection' && state !== 'unconfirmed');
          const terms = { from, to: Math.min(period.to, now), sustained, now };
          for (const name of ['planned', 'unplanned'] as const) {
            const expected = slowly(
              counted.filter(({ kind }) => (kind === 'planned') === (name === 'planned')),
              terms,
            );
            expect(total[name]).toMatchObject({
              customerMs: BigInt(expected.ms),
              customerInterruptions: expected.begun,
            });
            const sum = [...groups.values()].reduce((ms, group) => ms + group[name].customerMs, 0n);
            expect(sum).toBe(total[name].customerMs);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
