import { describe, expect, it } from 'vitest';
import { judgedMeter } from '#domain/anomalies/judged-meter.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry } from '../site.ts';

const from = at('2026-01-10');

describe('a meter as the rules see it', () => {
  const index = new RegistryIndex(
    registry({
      accounts: [
        account('h1', { category: 'dedicated', contractKw: 252.5 }),
        account('h2', { category: 'resident', priority: 'large', status: 'closed' }),
      ],
      meters: [meter('m1', { ct: 2 }), meter('m2', { role: 'supply', ct: 80 }), meter('m3', { model: 'unheard-of' })],
      installations: [
        installation('m1', { account: 'h1', from, to: from + 100, ct: 20 }),
        installation('m1', { account: 'h2', from: from + 100, to: null }),
        installation('m2', { account: null, from, to: null }),
      ],
    }),
  );
  const seen = (id: string, when: number) => {
    const found = index.meter(id);
    return found ? judgedMeter(index, found, when) : undefined;
  };

  it('has the account, ratio and contract of that moment', () => {
    expect(seen('m1', from)).toMatchObject({
      ratio: 20,
      category: 'dedicated',
      status: 'active',
      isLarge: true,
      contractKw: 252.5,
    });
    expect(seen('m1', from + 100)).toMatchObject({
      ratio: 2,
      category: 'resident',
      status: 'closed',
      isLarge: true,
      contractKw: null,
    });
    expect(seen('m1', from - 1)).toMatchObject({ category: null, status: 'closed', isLarge: false });
    expect(seen('m2', from)).toMatchObject({ category: null, status: null });
  });

  it('on current transformers has the base current of a meter for 5 A', () => {
    expect(seen('m1', from)?.baseCurrentA).toBe(1.5);
    const direct = new RegistryIndex(registry({ meters: [meter('m4')], installations: [] }));
    const found = direct.meter('m4');
    expect(found && judgedMeter(direct, found, from)?.baseCurrentA).toBe(10);
  });

  it('has every span in the field, and the transformer if it measures its supply', () => {
    expect(seen('m1', from)?.spans).toEqual([
      { from, to: from + 100 },
      { from: from + 100, to: Number.POSITIVE_INFINITY },
    ]);
    expect(seen('m1', from)?.transformerKva).toBeNull();
    expect(seen('m2', from)).toMatchObject({ role: 'supply', ratio: 80, transformerKva: expect.any(Number) });
  });

  it('is not judged without a model', () => {
    expect(seen('m3', from)).toBeNull();
  });
});
