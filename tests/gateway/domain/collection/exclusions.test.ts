import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { type ExclusionTerm, exclusionBook } from '#domain/collection/exclusions.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, line, meter, registry, task, ZONE } from '../site.ts';

const SLOT = at('2026-11-20');
const MOVED = at('2026-11-10');
const index = new RegistryIndex(
  registry({
    areas: [
      { id: 'a1', name: '一台区', feeder: 'f1', kva: 400 },
      { id: 'a2', name: '二台区', feeder: 'f1', kva: 400, status: 'stopped', statusSince: at('2026-11-15') },
      { id: 'a3', name: '三台区', feeder: 'f1', kva: 400, status: 'removed' },
      { id: 'a4', name: '四台区', feeder: 'f1', kva: 400, status: 'running', statusSince: at('2026-11-15') },
    ],
    accounts: [account('closed', { status: 'closed' })],
    lines: [line('l1', { concentrator: 'k1' }), line('l2')],
    installations: [
      ...['m1', 'm2'].map((id) => installation(id)),
      installation('m3', { account: 'closed' }),
      { ...installation('m4', { to: MOVED }), area: 'a3' },
      installation('m4', { from: MOVED }),
    ],
  }),
);

const term = (kind: ExclusionTerm['scope']['kind'], id: string, over: Partial<ExclusionTerm> = {}): ExclusionTerm => ({
  ...{ scope: { kind, id }, from: '2026-11-18', to: '2026-11-20', endedAt: null },
  ...over,
});

function classOf(id: string, terms: ExclusionTerm[], slot = SLOT, over = {}): string {
  const exclusions = exclusionBook(terms, ZONE);
  const inOutage = (): boolean => id === 'm2';
  return dueClassifier(index, meter(id, over), task('freeze-day'), ZONE, { exclusions, inOutage })(slot);
}

describe('an exclusion by hand', () => {
  it('covers its meter, its area, its line and its concentrator, and nobody else', () => {
    for (const [kind, id] of [
      ['meter', 'm1'],
      ['area', 'a1'],
      ['line', 'l1'],
      ['concentrator', 'k1'],
    ] as const) {
      expect([kind, classOf('m1', [term(kind, id)])]).toEqual([kind, 'excluded_manual']);
      expect([kind, classOf('m1', [term(kind, `${id}x`)])]).toEqual([kind, 'due']);
    }
    expect(classOf('m1', [term('concentrator', 'k1')], SLOT, { line: 'l2' })).toBe('due');
  });

  it('covers its first and its last business date, and no day beside them', () => {
    const terms = [term('meter', 'm1')];
    const on = (date: string) => classOf('m1', terms, at(date));
    expect(['2026-11-17', '2026-11-18', '2026-11-20', '2026-11-21'].map(on)).toEqual([
      'due',
      'excluded_manual',
      'excluded_manual',
      'due',
    ]);
    expect(classOf('m1', [term('meter', 'm1', { to: null })], at('2027-11-20'))).toBe('excluded_manual');
  });

  it('covers nothing when it was taken back', () => {
    expect(classOf('m1', [term('meter', 'm1', { endedAt: 1 })])).toBe('due');
  });

  it('goes before an outage, and after an account that is closed and an area out of service', () => {
    expect(classOf('m2', [])).toBe('excluded_outage');
    expect(classOf('m2', [term('meter', 'm2')])).toBe('excluded_manual');
    expect(classOf('m3', [term('meter', 'm3')])).toBe('excluded_closed');
    expect(classOf('m1', [term('meter', 'm1')], SLOT, { area: 'a2' })).toBe('excluded_stopped');
    expect(classOf('m1', [term('meter', 'm1')], SLOT, { collectedFrom: at('2026-12-01') })).toBe('excluded_new');
  });

  it('covers a slot if and only if its local date is within the term, also where days have 23 or 25 hours', () => {
    const zone = 'Europe/Berlin';
    const day = fc.integer({ min: 0, max: 500 }).map((days) => addDays('2026-01-01', days));
    fc.assert(
      fc.property(day, day, day, fc.integer({ min: 0, max: 86_399 }), (from, to, date, second) => {
        const covers = exclusionBook([term('meter', 'm', { from, to })], zone).of(meter('m'), null);
        const slot = instantOf(zone, date, second);
        const local = dateOf(zone, slot);
        expect(covers?.(slot)).toBe(from <= local && local <= to);
      }),
    );
  });
});

describe('an area that is out of service', () => {
  it('excludes the slots from then on, or all of them when nobody knows since when', () => {
    const on = (area: string, date: string) => classOf('m1', [], at(date), { area });
    expect([on('a2', '2026-11-14'), on('a2', '2026-11-15')]).toEqual(['due', 'excluded_stopped']);
    expect([on('a3', '2026-02-01'), on('a4', '2026-11-20'), on('none', '2026-11-20')]).toEqual([
      'excluded_stopped',
      'due',
      'due',
    ]);
  });

  it('excludes a meter only while it hung there', () => {
    expect(classOf('m4', [], MOVED - 86_400_000)).toBe('excluded_stopped');
    expect(classOf('m4', [], MOVED)).toBe('due');
  });
});
