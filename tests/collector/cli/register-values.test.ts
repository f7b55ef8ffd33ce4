import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerValues } from '../../../collector/cli/register-values.ts';

describe('registers as numbers', () => {
  it('are shown as every type that fits, when none is named', () => {
    const shown = registerValues(Uint8Array.of(0x43, 0x66, 0x00, 0x00));
    expect(shown).toContainEqual({ type: 'float32', order: 'high-first', values: ['230'] });
    expect(shown).toContainEqual({ type: 'u16', order: '', values: ['17254', '0'] });
    expect(shown.map(({ type }) => type)).not.toContain('float64');
  });

  it('with the low word first are the same numbers once the words are turned round', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const turned = Uint8Array.of(...[6, 7, 4, 5, 2, 3, 0, 1].map((at) => bytes[at] ?? 0));
        expect(registerValues(turned, 'i64', 'low-first')[0]?.values).toEqual(registerValues(bytes, 'i64')[0]?.values);
      }),
    );
  });

  it('refuse a type that does not fill the block', () => {
    expect(() => registerValues(new Uint8Array(6), 'float32')).toThrow('cannot show 3 registers as float32');
    expect(() => registerValues(new Uint8Array(4), 'bcd')).toThrow('are known');
  });
});
