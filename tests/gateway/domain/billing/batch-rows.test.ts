import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { type BillingRow, meterOfLine, sameForBilling } from '#domain/billing/row.ts';
import { at, DAY_MS, installation, meter } from '../site.ts';
import { batchOf, DEC, NOV, OCT, ONE, said, second, siteOf } from './batches.ts';

describe('rows of a batch', () => {
  it('count from the register that was billed last', () => {
    const row = second(ONE, { m1: 1000 }, { m1: 1750 }).get('m1');
    expect(row).toMatchObject({
      ...{ meter: 'm1', accountNo: '1', category: 'resident', area: 'a1', district: 'd1', businessDate: NOV },
      ...{ frozenAt: '2026-11-01T00:00:00.000+08:00', removedAt: null, energyImportWh: 1750, quality: 'valid' },
      from: { meter: 'm1', date: OCT, at: '2026-10-01T00:00:00.000+08:00', energyImportWh: 1000 },
    });
    expect(said(row)).toEqual([750, 750, null, '']);
  });

  it('say that nothing was billed before, which is an exception only after another batch', () => {
    expect(said(batchOf(ONE, OCT, { m1: 5 }).get('m1'))).toEqual([null, null, 'no_previous', '']);
    const before = { date: OCT, rows: new Map<string, BillingRow>() };
    expect(said(batchOf(ONE, NOV, { m1: 5 }, before).get('m1'))).toEqual([null, null, 'no_previous', 'not_continuous']);
  });

  it('have both the face value and the energy with the ratio of the installation', () => {
    const site = siteOf(['m1'], [installation('m1', { account: '1', ct: 40, pt: 100 })]);
    const values = { energy_import_wh: 150, energy_import_t1_wh: 30, energy_export_wh: 9 };
    const first = { energy_import_wh: 100, energy_import_t1_wh: 10, energy_import_t2_wh: 1 };
    const row = second(site, { m1: { values: first } }, { m1: { values } }).get('m1');
    expect([row?.ratio, said(row)]).toEqual([4000, [50, 200_000, null, '']]);
    expect(row?.usage.billedWh).toMatchObject({
      energyImportT1Wh: 80_000,
      energyImportT2Wh: null,
      energyExportWh: null,
    });
  });

  it('of meters without a value are there, with the reason', () => {
    const site = siteOf(['m1', 'm2'], [installation('m1', { account: '1' }), installation('m2')]);
    const suspect = { quality: 'suspect', rules: ['decreasing'] } as const;
    const rows = second(site, { m1: 1, m2: 1 }, { m1: null, m2: suspect });
    expect([rows.get('m1')?.reason, said(rows.get('m1'))]).toEqual(['not_read', [null, null, 'no_end', 'missing']]);
    expect([rows.get('m2')?.rules, said(rows.get('m2'))]).toEqual([['decreasing'], [null, null, 'no_end', 'suspect']]);
    const unable = siteOf(['m1'], [installation('m1')], { meters: [meter('m1', { model: 'dlt645-1997-1ph' })] });
    expect(batchOf(unable, OCT, {}).get('m1')?.exceptions).toEqual(['missing']);
  });

  it.each([
    ['that went back', 1000, 999, [null, null, 'reversed', 'reversed not_continuous']],
    ['that passed its end', 999_999_900, 50, [150, 150, null, 'rolled_over']],
  ])('of a register %s', (_what, first, then, expected) => {
    expect(said(second(ONE, { m1: first }, { m1: then }).get('m1'))).toEqual(expected);
  });

  it.each(['estimated', 'edited'] as const)('that stand on an %s value say so', (quality) => {
    const row = second(ONE, { m1: 1 }, { m1: { quality, values: { energy_import_wh: 3 }, revision: 2, method: 'x' } });
    expect(said(row.get('m1'))).toEqual([2, 2, null, quality]);
    expect(row.get('m1')).toMatchObject({ revision: 2, method: 'x' });
  });

  it('go on from the last register that was billed when there was none last time', () => {
    const october = batchOf(ONE, OCT, { m1: 100 });
    const november = batchOf(ONE, NOV, {}, { date: OCT, rows: october });
    const row = batchOf(ONE, DEC, { m1: 700 }, { date: NOV, rows: november }).get('m1');
    expect([row?.from?.date, said(row)]).toEqual([OCT, [600, 600, null, '']]);
  });

  it('begin at the installation of a meter that is new', () => {
    const from = at('2026-10-09');
    const site = siteOf(['m1'], [installation('m1', { account: '1', from, startWh: 3000 })]);
    const row = second(site, {}, { m1: 3500 }).get('m1');
    expect([row?.from?.date, said(row)]).toEqual(['2026-10-09', [500, 500, null, '']]);
    const unwritten = siteOf(['m1'], [installation('m1', { account: '1', from })]);
    expect(said(second(unwritten, {}, { m1: 3500 }).get('m1'))).toEqual([null, null, 'no_start', 'not_continuous']);
  });

  it('of a meter that was taken out have its last register, once', () => {
    const to = at('2026-10-20', '10:00');
    const site = siteOf(['m1'], [installation('m1', { account: '1', to, endWh: 1300 })]);
    const november = second(site, { m1: 1000 }, {});
    expect(november.get('m1')).toMatchObject({
      ...{ frozenAt: null, removedAt: '2026-10-20T10:00:00.000+08:00', energyImportWh: 1300, quality: 'manual' },
    });
    expect(said(november.get('m1'))).toEqual([300, 300, null, '']);
    expect(batchOf(site, DEC, {}, { date: NOV, rows: november }).size).toBe(0);
    expect(batchOf(site, NOV, {}).size).toBe(0);
  });

  describe('of an exchange', () => {
    const swap = at('2026-10-20', '10:00');
    const exchanged = (endWh: number | null, startWh: number | null, to = '1'): Registry =>
      siteOf(
        ['m1', 'm2'],
        [
          installation('m1', { account: '1', to: swap, endWh, ct: 10 }),
          installation('m2', { account: to, from: swap, startWh, ct: 40 }),
        ],
      );

    test('have the sum of both stays in the new row, and nothing in the old one', () => {
      const rows = second(exchanged(1300, 5), { m1: 1000 }, { m2: 25 });
      expect(said(rows.get('m2'))).toEqual([320, 3800, null, 'exchanged']);
      expect(rows.get('m2')?.usage.parts).toMatchObject([
        { meter: 'm1', ratio: 10, startWh: 1000, endWh: 1300, faceWh: 300, billedWh: 3000 },
        { meter: 'm2', ratio: 40, startWh: 5, endWh: 25, faceWh: 20, billedWh: 800 },
      ]);
      expect(said(rows.get('m1'))).toEqual([null, null, 'in_successor', 'exchanged']);
      expect(rows.get('m1')?.usage.successor).toBe('m2');
    });

    test('cannot be told without a register that was written down, and list what is known', () => {
      const row = second(exchanged(null, 5), { m1: 1000 }, { m2: 25 }).get('m2');
      expect(said(row)).toEqual([null, null, 'no_end', 'not_continuous exchanged']);
      expect(row?.usage.parts.map(({ billedWh }) => billedWh)).toEqual([null, 800]);
    });

    test('are not lost when the new meter is not read at first', () => {
      const site = exchanged(1300, 5);
      const november = second(site, { m1: 1000 }, {});
      const december = batchOf(site, DEC, { m2: 25 }, { date: NOV, rows: november });
      expect([...december.keys()]).toEqual(['m2']);
      expect(said(december.get('m2'))).toEqual([320, 3800, null, 'exchanged']);
    });

    test('between accounts are no exchange: each has its own', () => {
      const rows = second(exchanged(1300, 5, '2'), { m1: 1000 }, { m2: 25 });
      expect([said(rows.get('m1')), said(rows.get('m2'))]).toEqual([
        [300, 3000, null, ''],
        [20, 800, null, ''],
      ]);
    });

    test('a meter that serves another account since has the part of each, but no sum', () => {
      const site = siteOf(
        ['m1'],
        [
          installation('m1', { account: '1', to: swap, endWh: 40 }),
          installation('m1', { account: '2', from: swap, startWh: 40 }),
        ],
      );
      const row = second(site, { m1: 10 }, { m1: 100 }).get('m1');
      expect(said(row)).toEqual([null, null, 'account_changed', 'not_continuous']);
      expect(row?.usage.parts.map(({ accountNo, faceWh }) => [accountNo, faceWh])).toEqual([
        ['1', 30],
        ['2', 60],
      ]);
    });
  });

  it('are those of customers of the district, as their areas were then', () => {
    const site = siteOf(
      ['m1', 'm2', 'm3'],
      [installation('m1', { area: 'a2' }), installation('m2'), installation('m3', { from: at(DEC) })],
      {
        ...{
          districts: [
            { id: 'd1', name: 'x' },
            { id: 'd2', name: 'y' },
          ],
        },
        feeders: [
          { id: 'f1', name: 'x', district: 'd1' },
          { id: 'f2', name: 'y', district: 'd2' },
        ],
        areas: [
          { id: 'a1', name: 'x', feeder: 'f1', kva: 1 },
          { id: 'a2', name: 'y', feeder: 'f2', kva: 1 },
        ],
      },
    );
    expect([...batchOf(site, OCT, {}, null, { district: 'd2' }).keys()]).toEqual(['m1']);
    expect([...batchOf(site, OCT, {}, null, { district: 'd1' }).keys()]).toEqual(['m2']);
    const supply = siteOf(['m1'], [installation('m1')], { meters: [meter('m1', { role: 'supply' })] });
    expect(batchOf(supply, OCT, {}).size).toBe(0);
  });

  it('are flagged when they begin elsewhere than the batch before said at first', () => {
    const before = { date: OCT, rows: batchOf(ONE, OCT, { m1: 1 }) };
    expect(said(batchOf(ONE, NOV, { m1: 3 }, before, { corrected: ['m1'] }).get('m1'))).toEqual([
      ...[2, 2, null, 'not_continuous'],
    ]);
  });

  it('are the same bytes whatever order the registry is in', () => {
    const site = siteOf(
      ['m2', 'm1', 'm3'],
      ['m3', 'm1', 'm2'].map((id) => installation(id, { account: '1' })),
    );
    const turned = { ...site, meters: [...site.meters].reverse(), installations: [...site.installations].reverse() };
    const text = (of: Registry) => JSON.stringify([...second(of, { m1: 1, m3: 4 }, { m1: 2, m2: 3 })]);
    expect(text(turned)).toBe(text(site));
  });

  it('name their meter at the beginning of the line, and do not differ by why a value is still missing', () => {
    const [row] = [...batchOf(ONE, OCT, {}).values()] as [BillingRow];
    expect(meterOfLine(JSON.stringify(row))).toBe('m1');
    expect(sameForBilling(row, { ...row, reason: 'no_answer' })).toBe(true);
    expect(sameForBilling(row, { ...row, ratio: 2 })).toBe(false);
  });

  it('bill every Wh of an account once, whatever exchanges and missing reads there are', () => {
    const first = at('2026-03-01');
    const days = fc.integer({ min: 1, max: 29 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 89 }), { maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
        days,
        fc.constantFrom(0, 3_600_000),
        (exchanges, read, starts, afterMidnight) => {
          const times = exchanges.toSorted((a, b) => a - b).map((day) => first + day * DAY_MS + afterMidnight);
          const energyAt = (time: number): number => Math.round((time - first) / 60_000);
          const stays = [at('2026-01-10'), ...times].map((from, i) => ({ id: `m${i}`, from, to: times[i] ?? null }));
          // Every meter has counted something elsewhere before.
          const offset = (i: number): number => i * starts * 1000;
          const shown = (i: number, time: number): number =>
            offset(i) + energyAt(time) - energyAt(i === 0 ? first : (stays[i]?.from ?? 0)) + 500;
          const site = siteOf(
            stays.map(({ id }) => id),
            stays.map(({ id, from, to }, i) => ({
              ...installation(id, { account: '1', from, to }),
              startWh: i === 0 ? 0 : shown(i, from),
              endWh: to === null ? null : shown(i, to),
            })),
          );
          const dates = ['2026-03-01', '2026-04-01', '2026-05-01', '2026-06-01'];
          let before: Parameters<typeof batchOf>[3] = null;
          let billed = 0;
          for (const [n, date] of dates.entries()) {
            const slot = at(date);
            const isRead = n === 0 || n === dates.length - 1 || read[n - 1];
            const given = Object.fromEntries(stays.map(({ id }, i) => [id, isRead ? shown(i, slot) : null]));
            const rows: Map<string, BillingRow> = batchOf(site, date, given, before);
            for (const row of rows.values()) billed += row.usage.billedWh.energyImportWh ?? 0;
            before = { date, rows };
          }
          expect(billed).toBe(energyAt(at('2026-06-01')));
        },
      ),
      { numRuns: 300 },
    );
  });
});
