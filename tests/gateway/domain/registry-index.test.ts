import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { searchRegistry } from '#domain/registry-search.ts';
import { lowerBound, sortedBy } from '#domain/sorted.ts';
import { account, at, installation, line, meter, registry } from './site.ts';

const exchanged = at('2026-06-01');
const index = new RegistryIndex(
  registry({
    feeders: [
      { id: 'f1', name: '一线', district: 'd1' },
      { id: 'f2', name: '二线', district: 'd2' },
    ],
    areas: [
      { id: 'a1', name: '一', feeder: 'f1', kva: 400 },
      { id: 'a2', name: '二', feeder: 'f1', kva: 400 },
      { id: 'a3', name: '三', feeder: 'f2', kva: 400 },
    ],
    lines: [line('l1', { concentrator: 'k1' }), line('l2', { collector: 'c2', protocol: 'modbus-rtu' })],
    accounts: [
      account('1001', { name: '王芳', address: '建设路 8 号' }),
      account('1002', { name: 'Müller (Bäckerei)', address: 'Hauptstr. 3' }),
    ],
    meters: [
      meter('old', { no: '900001' }),
      meter('new', { no: '900002', branch: 'B1', box: 'X1' }),
      meter('shop', { no: 'SDM-77', area: 'a2', line: 'l2', model: 'sdm120' }),
      meter('sum1', { role: 'supply', no: '900090' }),
      meter('sum2', { role: 'supply', no: '900091' }),
      meter('far', { area: 'a3', line: 'l9', no: '900001' }),
    ],
    installations: [
      installation('new', { account: '1001', from: exchanged }),
      installation('old', { account: '1001', to: exchanged }),
      installation('shop', { account: '1002' }),
      installation('sum1', { to: exchanged }),
      installation('sum2', { from: exchanged }),
    ],
  }),
);
const ids = (meters: readonly { readonly id: string }[]): string[] => meters.map(({ id }) => id);

describe('the registry index', () => {
  it('finds meters by id, number and everything above them', () => {
    expect(index.meter('shop')?.no).toBe('SDM-77');
    expect(index.meter('new')).toMatchObject({ branch: 'B1', box: 'X1' });
    expect(index.meter('nobody')).toBeUndefined();
    expect(ids(index.metersByNo('900001'))).toEqual(['old', 'far']);
    expect(index.metersByNo('900')).toEqual([]);
    expect(ids(index.metersOfArea('a2'))).toEqual(['shop']);
    expect(ids(index.metersOfLine('l2'))).toEqual(['shop']);
    expect(ids(index.metersOfFeeder('f1'))).toEqual(['old', 'new', 'sum1', 'sum2', 'shop']);
    expect(ids(index.metersOfDistrict('d2'))).toEqual(['far']);
    expect(ids(index.metersOfCollector('c2'))).toEqual(['shop']);
    expect(index.metersOfArea('nowhere')).toEqual([]);
    expect(index.task('profile')?.kind).toBe('profile');
    expect(index.task('nothing')).toBeUndefined();
  });

  it('knows which meter serves an account at which instant, across an exchange', () => {
    expect(ids(index.metersOfAccount('1001', exchanged - 1))).toEqual(['old']);
    expect(ids(index.metersOfAccount('1001', exchanged))).toEqual(['new']);
    expect(index.accountAt('old', exchanged - 1)?.no).toBe('1001');
    expect(index.accountAt('old', exchanged)).toBeNull();
    expect(index.installationAt('new', exchanged)?.account).toBe('1001');
    expect(index.installationAt('new', exchanged - 1)).toBeNull();
    expect(index.accountAt('sum1', exchanged - 1)).toBeNull();
  });

  it('lists the installations of a meter from the oldest', () => {
    const froms = [at('2026-06-01'), at('2026-01-01'), at('2026-09-01')];
    const known = new RegistryIndex(registry({ installations: froms.map((from) => installation('m', { from })) }));
    expect(known.installationsOf('m').map(({ from }) => from)).toEqual([...froms].sort((a, b) => a - b));
  });

  it('names the supply meter that is installed at the instant', () => {
    expect(index.supplyMeterOf('a1', exchanged - 1)?.id).toBe('sum1');
    expect(index.supplyMeterOf('a1', exchanged)?.id).toBe('sum2');
    expect(index.supplyMeterOf('a2', exchanged)).toBeNull();
  });

  it('names everything above a meter, and null where the registry does not say', () => {
    const [shop, far] = [index.meter('shop'), index.meter('far')];
    if (!shop || !far) throw new Error('fixture');
    expect(index.placeOf(shop)).toEqual({
      district: 'd1',
      feeder: 'f1',
      area: 'a2',
      collector: 'c2',
      concentrator: null,
      line: 'l2',
      model: 'sdm120',
      protocol: 'modbus-rtu',
      manufacturer: null,
    });
    expect(index.placeOf({ ...shop, maker: '威胜' }).manufacturer).toBe('威胜');
    expect(index.placeOf(far)).toMatchObject({ district: 'd2', collector: null, protocol: null });
  });
});

describe('the search', () => {
  const found = (text: string, limit = 10): string[] =>
    searchRegistry(index, text, exchanged, limit).map(
      (hit) => `${hit.matched} ${hit.account?.no ?? '-'} ${ids(hit.meters).join('+')}`,
    );

  it('finds by account number, meter number, name and address, in any part', () => {
    expect(found('1001')).toEqual(['accountNo 1001 new']);
    expect(found('王')).toEqual(['name 1001 new']);
    expect(found('建设路')).toEqual(['address 1001 new']);
    expect(found('sdm-7')).toEqual(['meterNo 1002 shop']);
    expect(found('  haupt ')).toEqual(['address 1002 shop']);
  });

  it('puts whole numbers first, and each account once', () => {
    expect(found('900002')).toEqual(['meterNo 1001 new']);
    expect(found('100')).toEqual(['accountNo 1001 new', 'accountNo 1002 shop']);
    expect(found('9000')).toEqual([
      'meterNo - old',
      'meterNo 1001 new',
      'meterNo - sum1',
      'meterNo - sum2',
      'meterNo - far',
    ]);
  });

  it('takes every character literally, and stops at the limit', () => {
    expect(found('(bäck')).toEqual(['name 1002 shop']);
    expect(found('.*')).toEqual([]);
    expect(found('9000', 2)).toHaveLength(2);
    expect(found('')).toEqual([]);
    expect(found('100', 0)).toEqual([]);
  });
});

describe('sorted lists', () => {
  it('are searched to the same place as by walking them', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (keys, key) => {
        const sorted = sortedBy(keys, (entry) => entry);
        const walked = sorted.findIndex((entry) => entry >= key);
        expect(lowerBound(sorted, key, (entry) => entry)).toBe(walked < 0 ? sorted.length : walked);
      }),
    );
  });
});
