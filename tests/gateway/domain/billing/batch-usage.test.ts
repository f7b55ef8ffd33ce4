import { describe, expect, it, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import type { BillingRow } from '#domain/billing/row.ts';
import { exclusionBook } from '#domain/collection/exclusions.ts';
import { account, at, installation, ZONE } from '../site.ts';
import { batchOf, DEC, NOV, OCT, ONE, said, second, siteOf } from './batches.ts';

describe('the usage of a batch row', () => {
  it('never begins at a register that went back: one zero makes no giant consumption', () => {
    const november = second(ONE, { m1: 34_000_000 }, { m1: 0 });
    expect(said(november.get('m1'))).toEqual([null, null, 'reversed', 'reversed not_continuous']);
    const december = batchOf(ONE, DEC, { m1: 34_500_000 }, { date: NOV, rows: november }).get('m1');
    expect([december?.from?.date, said(december)]).toEqual([OCT, [500_000, 500_000, null, '']]);
    const rates = (wh: number, t1: number) => ({ values: { energy_import_wh: wh, energy_import_t1_wh: t1 } });
    const back = second(ONE, { m1: rates(34_000, 9000) }, { m1: rates(35_000, 0) });
    const next = batchOf(ONE, DEC, { m1: rates(36_000, 9500) }, { date: NOV, rows: back }).get('m1');
    expect([next?.usage.billedWh.energyImportT1Wh, said(next)]).toEqual([null, [1000, 1000, null, 'not_continuous']]);
  });

  it('names an exclusion by hand as the reason of a row without a value', () => {
    const scope = { kind: 'meter', id: 'm1' } as const;
    const exclusions = exclusionBook([{ scope, from: NOV, to: NOV, endedAt: null }], ZONE);
    expect(batchOf(ONE, NOV, {}, null, { exclusions }).get('m1')?.reason).toBe('excluded_manual');
    expect(batchOf(ONE, DEC, {}, null, { exclusions }).get('m1')?.reason).toBe('not_read');
  });

  it('says when the usage of a rate cannot be told though its register is there', () => {
    const rates = { values: { energy_import_wh: 300, energy_import_t1_wh: 90 } };
    expect(said(second(ONE, { m1: 100 }, { m1: rates }).get('m1'))).toEqual([200, 200, null, 'not_continuous']);
  });

  it('of a generator wants its export register as well', () => {
    const site = { ...ONE, accounts: [account('1', { category: 'generator' })] };
    const both = { values: { energy_import_wh: 300, energy_export_wh: 90 } };
    expect(said(second(site, { m1: 100 }, { m1: 200 }).get('m1'))).toEqual([100, 100, null, 'missing']);
    expect(said(second(site, { m1: 100 }, { m1: both }).get('m1'))).toEqual([200, 200, null, 'not_continuous']);
    expect(said(second(site, { m1: both }, { m1: both }).get('m1'))).toEqual([0, 0, null, '']);
  });

  it('adds up over the months with a ratio that is no whole number', () => {
    const site = siteOf(['m1'], [installation('m1', { account: '1', ct: 1.5 })]);
    const november = second(site, { m1: 0 }, { m1: 1 });
    const december = batchOf(site, DEC, { m1: 2 }, { date: NOV, rows: november });
    const billed = [november, december].map((rows) => rows.get('m1')?.usage.billedWh.energyImportWh);
    expect(billed).toEqual([2, 1]);
  });

  it('of a meter that went to another district is in both, each with its own part', () => {
    const moved = at('2026-10-20');
    const site = siteOf(
      ['m1'],
      [
        installation('m1', { account: '1', to: moved, endWh: 1300 }),
        installation('m1', { account: '1', from: moved, startWh: 1300, area: 'a2' }),
      ],
      {
        districts: ['d1', 'd2'].map((id) => ({ id, name: id })),
        feeders: ['1', '2'].map((id) => ({ id: `f${id}`, name: id, district: `d${id}` })),
        areas: ['1', '2'].map((id) => ({ id: `a${id}`, name: id, feeder: `f${id}`, kva: 1 })),
      },
    );
    const before = { date: OCT, rows: batchOf(site, OCT, { m1: 1000 }, null, { district: 'd1' }) };
    const none = { date: OCT, rows: new Map<string, BillingRow>() };
    const there = batchOf(site, NOV, { m1: 1750 }, before, { district: 'd1' }).get('m1');
    const here = batchOf(site, NOV, { m1: 1750 }, none, { district: 'd2' }).get('m1');
    expect([there?.district, said(there)]).toEqual(['d1', [300, 300, null, '']]);
    expect([here?.district, said(here)]).toEqual(['d2', [450, 450, null, '']]);
    const all = second(site, { m1: 1000 }, { m1: 1750 }).get('m1');
    expect(said(all)).toEqual([750, 750, null, '']);
  });

  describe('over an exchange', () => {
    const swap = at('2026-10-20', '10:00');
    const exchanged = (endWh: number | null, startWh: number | null): Registry =>
      siteOf(
        ['m1', 'm2'],
        [
          installation('m1', { account: '1', to: swap, endWh, ct: 10 }),
          installation('m2', { account: '1', from: swap, startWh, ct: 40 }),
        ],
      );

    test.each([
      ['new meter', exchanged(1300, null), { m2: 25 }, 'no_start'],
      ['old meter', exchanged(null, null), { m2: 25 }, 'no_end'],
    ])('without a register of the %s is never told as nothing used', (_whose, site, then, reason) => {
      const row = second(site, { m1: 1000 }, then).get('m2');
      expect(said(row)).toEqual([null, null, reason, 'not_continuous exchanged']);
      expect(row?.usage.parts.at(-1)).toMatchObject({ meter: 'm2', startWh: null, faceWh: null, billedWh: null });
    });

    test('at the moment of the batch is billed once, also when the new meter did not freeze then', () => {
      const site = siteOf(
        ['m1', 'm2'],
        [
          installation('m1', { account: '1', to: at(NOV), endWh: 1300 }),
          installation('m2', { account: '1', from: at(NOV), startWh: 5 }),
        ],
      );
      const november = second(site, { m1: 1000 }, {});
      expect(said(november.get('m2'))).toEqual([null, null, 'no_end', 'missing exchanged']);
      const december = batchOf(site, DEC, { m2: 25 }, { date: NOV, rows: november });
      expect(said(december.get('m2'))).toEqual([320, 320, null, 'exchanged']);
      const read = second(site, { m1: 1000 }, { m2: 5 });
      const after = batchOf(site, DEC, { m2: 25 }, { date: NOV, rows: read });
      expect([said(read.get('m2')), said(after.get('m2'))]).toEqual([
        [300, 300, null, 'exchanged'],
        [20, 20, null, ''],
      ]);
    });

    test('goes on from the register that was billed, whatever was written down for that moment', () => {
      const site = siteOf(
        ['m1', 'm2'],
        [
          installation('m1', { account: '1', from: at(OCT), to: swap, startWh: 0, endWh: 1300 }),
          installation('m2', { account: '1', from: swap, startWh: 5 }),
        ],
      );
      expect(said(second(site, { m1: 1000 }, { m2: 25 }).get('m2'))).toEqual([320, 320, null, 'exchanged']);
    });
  });
});
