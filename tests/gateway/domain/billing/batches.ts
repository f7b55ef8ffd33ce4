import type { Installation, Registry } from '#contract/registry.ts';
import { BatchRows } from '#domain/billing/batch-rows.ts';
import { Exchanges } from '#domain/billing/exchanges.ts';
import { type BillingRow, billedUpTo, type CountedReading } from '#domain/billing/row.ts';
import type { ExclusionBook } from '#domain/collection/exclusions.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry, task } from '../site.ts';

export type Given = Readonly<Record<string, Partial<CountedReading> | number | null>>;

/** A valid reading of the import register, or whatever else is said of it. */
function readingOf(given: Given[string]): CountedReading | null {
  if (given === null) return null;
  const usual = { rules: [], revision: 0, method: null, meterTime: null, readAt: null };
  const said = typeof given === 'number' ? { values: { energy_import_wh: given } } : given;
  return { ...usual, quality: 'valid', values: null, ...said };
}

/** The rows of a batch after another one, by meter. */
export function batchOf(
  registry: Registry,
  date: string,
  given: Given,
  before: { readonly date: string; readonly rows: ReadonlyMap<string, BillingRow> } | null = null,
  extra: {
    readonly district?: string;
    readonly corrected?: readonly string[];
    readonly exclusions?: ExclusionBook;
  } = {},
): Map<string, BillingRow> {
  const index = new RegistryIndex(registry);
  const scope = {
    task: task('freeze-day'),
    date,
    slot: at(date),
    district: extra.district ?? null,
    previousSlot: before && at(before.date),
    ...(extra.exclusions && { exclusions: extra.exclusions }),
  };
  const rows = new BatchRows(index, new Exchanges(registry), scope);
  const ids = [...rows.meters()].flatMap((piece) => piece.ids);
  return new Map(
    ids.map((meter) => {
      const needed = new Set(rows.needs(meter));
      const row = rows.row(meter, {
        reading: readingOf(given[meter] ?? null),
        failure: null,
        billedBefore: (each) => {
          const known = needed.has(each) ? before?.rows.get(each) : undefined;
          return known && billedUpTo(known);
        },
        correctedBefore: (each) => extra.corrected?.includes(each) ?? false,
      });
      return [meter, row];
    }),
  );
}

export const OCT = '2026-10-01';
export const NOV = '2026-11-01';
export const DEC = '2026-12-01';

export function siteOf(
  ids: readonly string[],
  installations: readonly Installation[],
  over: Partial<Registry> = {},
): Registry {
  return registry({
    meters: ids.map((id) => meter(id)),
    accounts: [account('1'), account('2')],
    installations,
    ...over,
  });
}

export const ONE = siteOf(['m1'], [installation('m1', { account: '1' })]);

export function second(site: Registry, first: Given, then: Given): Map<string, BillingRow> {
  return batchOf(site, NOV, then, { date: OCT, rows: batchOf(site, OCT, first) });
}

/** What a row says of its usage: face value, billed, reason and exceptions. */
export function said(row: BillingRow | undefined): unknown[] {
  const { faceWh, billedWh, reason } = row?.usage ?? {};
  return [faceWh?.energyImportWh, billedWh?.energyImportWh, reason, row?.exceptions.join(' ')];
}
