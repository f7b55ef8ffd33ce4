import { describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { withoutImplausible } from '../../../collector/protocols/implausible.ts';

function kept(...read: [QuantityName, number | null | 'no'][]): ReturnType<typeof withoutImplausible> {
  const error = (name: QuantityName): ReadError => new ReadError('implausible', `${name} 9`);
  return withoutImplausible(new Map(read.map(([name, value]) => [name, value === 'no' ? error(name) : value])));
}

describe('what is kept of values that have been read', () => {
  it('is all of them, with nothing to note, when each can be', () => {
    expect(kept(['energy_import_wh', 7], ['voltage_a_v', null])).toStrictEqual({
      values: new Map([
        ['energy_import_wh', 7],
        ['voltage_a_v', null],
      ]),
    });
  });

  it('is null in place of those that cannot be, which are named', () => {
    expect(kept(['voltage_a_v', 'no'], ['energy_import_wh', 7], ['power_factor_total', 'no'])).toEqual({
      values: new Map([
        ['voltage_a_v', null],
        ['energy_import_wh', 7],
        ['power_factor_total', null],
      ]),
      dropped: ['voltage_a_v 9', 'power_factor_total 9'],
    });
  });

  it('is nothing when the main register cannot be, or when no value is left', () => {
    const failure = (name: QuantityName) => expect.objectContaining({ reason: 'implausible', detail: `${name} 9` });
    expect(() => kept(['voltage_a_v', 'no'], ['current_a_a', 1], ['energy_import_wh', 'no'])).toThrow(
      failure('energy_import_wh'),
    );
    expect(() => kept(['voltage_a_v', 'no'], ['voltage_b_v', null])).toThrow(failure('voltage_a_v'));
  });

  it('is null for a meter that has no values, which is no failure', () => {
    expect(kept(['voltage_a_v', null])).toEqual({ values: new Map([['voltage_a_v', null]]) });
  });
});
