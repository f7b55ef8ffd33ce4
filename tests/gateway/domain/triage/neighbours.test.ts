import { expect, test } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { countNeighbours, neighbourState } from '#domain/triage/neighbour-supply.ts';
import { neighboursOf } from '#domain/triage/neighbours.ts';
import { account, installation, line, meter, registry } from '../site.ts';
import { MIN, NOW } from './call.ts';

const own = meter('own', { branch: 'B1', box: 'X1', phase: 'a' });
const METERS = [
  own,
  meter('any', { branch: 'B2', phase: 'b' }),
  meter('phase', { branch: 'B2', phase: 'a' }),
  meter('branch', { branch: 'B1', box: 'X2' }),
  meter('branch-other-line', { branch: 'B1', box: 'X2', line: 'l2' }),
  meter('box', { branch: 'B1', box: 'X1' }),
  meter('box-other-line', { branch: 'B1', box: 'X1', line: 'l2' }),
  meter('supply', { role: 'supply', branch: 'B1', box: 'X1' }),
  meter('gone', { branch: 'B1', box: 'X1' }),
  meter('cut', { branch: 'B1', box: 'X1' }),
  meter('elsewhere', { area: 'a2', branch: 'B1', box: 'X1' }),
];
const index = new RegistryIndex(
  registry({
    lines: [line('l1'), line('l2')],
    accounts: [account('1', { status: 'disconnected' })],
    meters: METERS,
    installations: METERS.map(({ id }) =>
      installation(id, { to: id === 'gone' ? NOW - 1 : null, account: id === 'cut' ? '1' : null }),
    ),
  }),
);
const names = (most?: number) => neighboursOf(index, own, NOW, most).map(({ id }) => id);

test('neighbours are those in the box, on the branch, on the phase, then any; other lines first', () => {
  expect(names()).toEqual(['box-other-line', 'box', 'branch-other-line', 'branch', 'phase', 'any']);
  expect(names(2)).toEqual(['box-other-line', 'box']);
});

test('a registry without boxes and branches has neighbours all the same', () => {
  const bare = [meter('own'), meter('m2'), meter('m3', { phase: 'b' })];
  const plain = new RegistryIndex(registry({ meters: bare, installations: bare.map(({ id }) => installation(id)) }));
  expect(neighboursOf(plain, meter('own'), NOW).map(({ id }) => id)).toEqual(['m2', 'm3']);
});

test('a neighbour is lit with one phase present, dark without any or on battery, and silent when it does not answer', () => {
  const model = { phases: 3, ratedVoltageV: 220 } as const;
  const settings = { offShare: 0.6, onShare: 0.8 };
  const state = (values: object) => neighbourState(model, { at: NOW, values }, settings);
  expect(state({ voltage_a_v: 220, voltage_b_v: 1, voltage_c_v: 1 })).toBe('lit');
  expect(state({ voltage_a_v: 1, voltage_b_v: 1, voltage_c_v: 1 })).toBe('dark');
  expect(state({ voltage_a_v: 1 })).toBe('none');
  expect(state({ on_battery: 1 })).toBe('dark');
  expect(neighbourState(model, { at: NOW, isSilent: true }, settings)).toBe('silent');
  expect(neighbourState(model, { at: NOW, isSilent: false }, settings)).toBe('none');
});

test('only what was heard within 20 minutes counts', () => {
  const heard = [
    { state: 'lit', at: NOW - 20 * MIN },
    { state: 'lit', at: NOW - 21 * MIN },
    { state: 'silent', at: NOW - MIN },
    { state: 'none', at: NOW },
  ] as const;
  expect(countNeighbours(heard, NOW)).toEqual({ lit: 1, dark: 0, silent: 1, at: NOW - MIN });
  expect(countNeighbours([{ state: 'none', at: NOW }], NOW)).toBeNull();
});
