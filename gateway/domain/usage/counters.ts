import type { QuantityName } from '#contract/quantities.ts';

/** Energies of an account: import with its four rates (尖峰平谷), and export. */
export const COUNTERS = ['import', 't1', 't2', 't3', 't4', 'export'] as const;
export type Counter = (typeof COUNTERS)[number];

export const COUNTER_QUANTITY: Readonly<Record<Counter, QuantityName>> = {
  import: 'energy_import_wh',
  t1: 'energy_import_t1_wh',
  t2: 'energy_import_t2_wh',
  t3: 'energy_import_t3_wh',
  t4: 'energy_import_t4_wh',
  export: 'energy_export_wh',
};

/** Wh by counter; null where it cannot be told, or the meter has no such register. */
export type Energies = Readonly<Record<Counter, number | null>>;

export function byCounter(of: (counter: Counter) => number | null): Energies {
  const [imported, t1, t2, t3, t4, exported] = COUNTERS.map(of);
  return {
    import: imported ?? null,
    t1: t1 ?? null,
    t2: t2 ?? null,
    t3: t3 ?? null,
    t4: t4 ?? null,
    export: exported ?? null,
  };
}

export const NO_ENERGIES: Energies = byCounter(() => null);

/** The sum by counter; null as soon as one of them is, and of nothing. */
export function sumOf(list: readonly Energies[]): Energies {
  return byCounter((counter) => {
    let sum: number | null = list.length > 0 ? 0 : null;
    for (const each of list) {
      const wh = each[counter];
      sum = sum === null || wh === null ? null : sum + wh;
    }
    return sum;
  });
}
