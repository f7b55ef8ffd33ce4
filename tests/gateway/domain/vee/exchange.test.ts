import { describe, expect, it } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { meterContext } from '#domain/vee/meter-context.ts';
import { account, at, installation, meter, registry } from '../site.ts';
import { judged, rules, stay } from './days.ts';

const NONE = Number.NaN;
/** Noon of the second day: between the freezes at places 1 and 2. */
const NOON = at('2026-10-06', '12:00');
/** 12 hours of 15.84 kW, and a step. */
const MOST_WH = 190_090;

describe('the meter that is put in', () => {
  const since = (over = {}) => ({ stays: [stay({ from: NOON, startWh: 100, ...over })] });

  it('shows no less than was written down, and no more than it can have counted since', () => {
    expect(rules([NONE, NONE, 100, 200], since())).toEqual([]);
    expect(rules([NONE, NONE, 100 + MOST_WH, NONE], since())).toEqual([]);
    expect(rules([NONE, NONE, 101 + MOST_WH, NONE], since())).toEqual(['exchange_mismatch@2']);
    expect(judged([NONE, NONE, 99, 200], since()).get('exchange_mismatch@2')).toEqual({
      ...{ side: 'start', writtenWh: 100, freezeWh: 99 },
    });
  });

  it('is held against its first freeze alone, however late that is', () => {
    expect(rules([NONE, NONE, NONE, 99, 200], since())).toEqual(['exchange_mismatch@3']);
    expect(rules([NONE, NONE, 150, 160, 170], since())).toEqual([]);
  });

  it('needs its start register when it replaced another, and not when the place is new', () => {
    expect(rules([NONE, NONE, 50], since({ startWh: null, replaces: true }))).toEqual(['exchange_register_missing@2']);
    expect(rules([NONE, NONE, 50], since({ startWh: null }))).toEqual([]);
  });

  it('is not held against registers that it had elsewhere', () => {
    const stays = [stay({ to: NOON, endWh: 9000 }), stay({ from: NOON, startWh: 0 })];
    expect(rules([8000, 8500, 0, 100], { stays })).toEqual([]);
    expect(rules([8000, 8500, 0, 100])).toContain('register_reversed@2');
  });
});

describe('the meter that is taken out', () => {
  const until = (over = {}) => ({ stays: [stay({ to: NOON, endWh: 9000, ...over })] });

  it('was written down with no less than its last freeze, and no more than it can have counted since', () => {
    expect(rules([8000, 9000, NONE], until())).toEqual([]);
    expect(rules([8000, 9001, NONE], until())).toEqual(['exchange_mismatch@1']);
    expect(rules([8000, 8500, NONE], until({ endWh: 8500 + MOST_WH }))).toEqual([]);
    expect(rules([8000, 8500, NONE], until({ endWh: 8501 + MOST_WH }))).toEqual(['exchange_mismatch@1']);
  });

  it('is held against the freeze before when the last one is missing', () => {
    expect(judged([9001, NONE, NONE], until()).get('exchange_mismatch@1')).toEqual({
      ...{ side: 'end', writtenWh: 9000, freezeWh: 9001 },
    });
    expect(rules([NONE, NONE, NONE], until())).toEqual([]);
  });

  it('needs its end register', () => {
    expect(rules([8000, 8500, NONE], until({ endWh: null }))).toEqual(['exchange_register_missing@1']);
  });

  it('that counts on without an account is told', () => {
    expect(rules([8000, 8500, 9000, 9500], until())).toEqual(['usage_inactive@3']);
  });
});

describe('ratio_changed', () => {
  it('is told on the first freeze after it', () => {
    const stays = (ratioBefore: number | null) => [stay({ from: NOON, startWh: 0, ratio: 40, ratioBefore })];
    expect(judged([NONE, NONE, 10, 20], { stays: stays(30) }).get('ratio_changed@2')).toEqual({
      ratio: 40,
      ratioBefore: 30,
    });
    expect(rules([NONE, NONE, 10, 20], { stays: stays(40) })).toEqual([]);
    expect(rules([NONE, NONE, 10, 20], { stays: stays(null) })).toEqual([]);
  });
});

describe('what the registry says of a meter', () => {
  const old = installation('m1', { account: '1', to: NOON, endWh: 5 });
  const next = installation('m2', { account: '1', from: NOON });
  const index = new RegistryIndex(
    registry({
      meters: [meter('m1', { ct: 30 }), meter('m2', { ct: 40 }), meter('m3', { model: 'gone' })],
      accounts: [account('1', { status: 'disconnected', category: 'generator' })],
      installations: [old, next],
    }),
  );

  it('names what a meter replaced, and the ratio before it', () => {
    const [found] = [index.meter('m2')].map((known) => known && meterContext(index, known));
    expect(found?.stays).toMatchObject([
      { replaces: true, ratio: 40, ratioBefore: 30, status: 'disconnected', generator: true },
    ]);
    const first = index.meter('m1');
    expect(first && meterContext(index, first)?.stays).toMatchObject([{ replaces: false, ratioBefore: null }]);
  });

  it('is nothing without a model', () => {
    const gone = index.meter('m3');
    expect(gone && meterContext(index, gone)).toBeNull();
  });
});
