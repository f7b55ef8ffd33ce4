import { expect, test } from 'vitest';
import { nameInitials } from '#domain/name-initials.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { searching, searchRegistry } from '#domain/registry-search.ts';
import { account, at, meter, registry } from './site.ts';

test.each([
  ['王小明', ['wxm']],
  ['欧阳娜娜', ['oynn']],
  ['曾伟', ['cw', 'zw']],
  ['Anna Lí', ['al']],
  ['城东超市No.2', ['cdcsn2']],
  ['安徽', ['ah']],
  ['', ['']],
])('the initials of %s are known', (name, initials) => {
  expect(nameInitials(name)).toEqual(initials);
});

const NOW = at('2026-11-20');
const index = new RegistryIndex(
  registry({
    accounts: [
      account('0001', { name: '王小明', address: '幸福里3-2-501' }),
      account('0002', { name: '吴霞', address: 'WX 大厦' }),
      account('0003', { name: '曾伟', address: '人民路' }),
    ],
  }),
);
const found = (text: string) =>
  searchRegistry(index, text, NOW, 9).map(({ account: hit, matched }) => [hit?.no, matched]);

test('a customer is found by the initials of the name, whole or begun', () => {
  expect(found('wxm')).toEqual([['0001', 'initials']]);
  expect(found('WX')).toEqual([
    ['0001', 'initials'],
    ['0002', 'initials'],
  ]);
  expect(found('xm')).toEqual([]);
  expect(found('zw')).toEqual([['0003', 'initials']]);
});

test('one letter is no initials, and a text with other characters is none', () => {
  expect(found('w')).toEqual([['0002', 'address']]);
  expect(found('w x')).toEqual([]);
});

test('a search through a large registry lets others have a turn, and ends with the limit', () => {
  const meters = [...Array(10_000).keys()].map((i) => meter(`m${String(i).padStart(5, '0')}`));
  const large = new RegistryIndex(registry({ meters }));
  const turns = [...searching(large, 'm0999', NOW, 5)].filter((hit) => hit === null).length;
  expect(turns).toBe(4);
  expect(searchRegistry(large, 'm', NOW, 5)).toHaveLength(5);
});
