import { REGISTERS, type RegisterName } from '#domain/billing/registers.ts';
import type { BillingRow } from '#domain/billing/row.ts';
import { csvLines, kwh } from './csv.ts';
import type { XlsxCell, XlsxColumn } from './xlsx-xml.ts';

interface RowColumn extends XlsxColumn {
  of(row: BillingRow): XlsxCell;
}

function text(header: string, width: number, of: RowColumn['of']): RowColumn {
  return { header, width, format: 'text', of };
}

/** Names of the registers in column headers: `energyImportT1Wh` → `import_t1_kwh`. */
const REGISTER_HEADERS = {
  energyImportWh: 'import_kwh',
  energyImportT1Wh: 'import_t1_kwh',
  energyImportT2Wh: 'import_t2_kwh',
  energyImportT3Wh: 'import_t3_kwh',
  energyImportT4Wh: 'import_t4_kwh',
  energyExportWh: 'export_kwh',
} as const satisfies Record<RegisterName, string>;

function registers(prefix: string, of: (row: BillingRow, name: RegisterName) => number | null): RowColumn[] {
  return REGISTERS.map(([name]) => ({
    header: `${prefix}${REGISTER_HEADERS[name]}`,
    width: 15,
    format: 'kwh',
    of: (row) => of(row, name),
  }));
}

/** Columns of a batch in CSV and XLSX: energies in kWh, ids as texts. */
export const BILLING_COLUMNS: readonly RowColumn[] = [
  text('meter', 22, (row) => row.meter),
  text('meter_no', 22, (row) => row.meterNo),
  text('account_no', 16, (row) => row.accountNo),
  text('category', 12, (row) => row.category),
  text('area', 14, (row) => row.area),
  text('district', 12, (row) => row.district),
  text('business_date', 13, (row) => row.businessDate),
  text('frozen_at', 30, (row) => row.frozenAt),
  text('removed_at', 30, (row) => row.removedAt),
  text('meter_time', 30, (row) => row.meterTime),
  text('read_at', 30, (row) => row.readAt),
  ...registers('', (row, name) => row[name]),
  { header: 'ratio', width: 8, format: 'number', of: (row) => row.ratio },
  text('from_meter', 22, (row) => row.from?.meter ?? null),
  text('from_date', 13, (row) => row.from?.date ?? null),
  ...registers('from_', (row, name) => row.from?.[name] ?? null),
  ...registers('usage_face_', (row, name) => row.usage.faceWh[name]),
  ...registers('usage_billed_', (row, name) => row.usage.billedWh[name]),
  text('usage_reason', 16, (row) => row.usage.reason),
  text('usage_in_meter', 22, (row) => row.usage.successor),
  text('parts', 30, (row) => row.usage.parts.map(partText).join('; ') || null),
  text('quality', 10, (row) => row.quality),
  text('rules', 20, (row) => row.rules.join(' ') || null),
  { header: 'revision', width: 9, format: 'integer', of: (row) => row.revision },
  text('method', 14, (row) => row.method),
  text('reason', 18, (row) => row.reason),
  text('exceptions', 24, (row) => row.exceptions.join(' ') || null),
];

/** `meter 120.000 × 40 = 4800.000 kWh`, or with a question mark where it cannot be told. */
function partText({ meter, ratio, faceWh, billedWh }: BillingRow['usage']['parts'][number]): string {
  const shown = (wh: number | null): string => (wh === null ? '?' : kwh(wh));
  return `${meter} ${shown(faceWh)} × ${ratio} = ${shown(billedWh)} kWh`;
}

export const BILLING_HEADER = BILLING_COLUMNS.map(({ header }) => header);

export function billingCells(row: BillingRow): XlsxCell[] {
  return BILLING_COLUMNS.map((column) => column.of(row));
}

export function billingCsv(rows: readonly BillingRow[]): string {
  return csvLines(
    rows.map((row) =>
      BILLING_COLUMNS.map((column) => {
        const cell = column.of(row);
        return column.format === 'kwh' && typeof cell === 'number' ? kwh(cell) : cell;
      }),
    ),
  );
}
