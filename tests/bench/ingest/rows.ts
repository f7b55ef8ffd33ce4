import { Buffer } from 'node:buffer';
import type { ReadingRow } from '#contract/envelope.ts';
import { encodeEnvelope } from '#contract/envelope-codec.ts';
import { qualityCode } from '#contract/quality.ts';
import { type QuantityName, toScaled } from '#contract/quantities.ts';
import { SETTINGS } from '#platform/settings/schema.ts';
import type { NewReadings } from '#stores/reading-store.ts';
import { at, task } from '../../support/plan.ts';
import { type District, ROWS_AN_ENVELOPE, type Stream } from './district.ts';

export const TASK = task('profile');
/** Eight of what the task reads: a register, the voltages and currents of three phases, and the power. */
export const QUANTITIES: readonly QuantityName[] = TASK.items.filter((name) => name !== 'energy_export_wh');
export const FIRST_SLOT = at('2026-11-20');
const SLOT_MS = 900_000;
/** Envelopes that a collector has on their way without a commit ack. */
export const WINDOW = SETTINGS.uplinkWindow.fallback;

export function slotAt(s: number): number {
  return FIRST_SLOT + s * SLOT_MS;
}

/** What the meter at place `m` of the district gives for slot `s`: a steady load, a register that keeps to it. */
export function reading(meter: string, m: number, s: number): ReadingRow {
  const slot = slotAt(s);
  const wave = (((m + s * 5003) * 7919) % 1000) / 1000;
  const powerW = 100 + (m % 300) * 10;
  const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));
  const values: Readonly<Partial<Record<QuantityName, number>>> = {
    energy_import_wh: 1_000_000 + m * 137 + Math.round((powerW * s) / 4),
    voltage_a_v: rounded(216 + 8 * wave, 2),
    voltage_b_v: rounded(217 + 7 * wave, 2),
    voltage_c_v: rounded(218 + 6 * wave, 2),
    current_a_a: rounded((powerW / 660) * (0.9 + 0.2 * wave), 3),
    current_b_a: rounded((powerW / 660) * (1.0 - 0.1 * wave), 3),
    current_c_a: rounded((powerW / 660) * (1.1 - 0.1 * wave), 3),
    power_active_total_w: rounded(powerW * (0.95 + 0.1 * wave), 1),
  };
  const readAt = slot + 20_000 + (m % ROWS_AN_ENVELOPE) * 90;
  return { meter, slot, meterTime: slot, readAt, values: QUANTITIES.map((name) => values[name] ?? null) };
}

/** Bytes of the envelopes of one collector, slot after slot, as its uplink makes them. */
export function envelopesOf(district: District, stream: Stream, slots: number): Uint8Array[] {
  return Array.from({ length: slots }, (_, s) => envelopeOf(district, stream, s));
}

/** Bytes of the envelope with what the meters of one collector gave for slot `s`. */
export function envelopeOf(district: District, stream: Stream, s: number): Uint8Array {
  const first = district.streams.indexOf(stream) * ROWS_AN_ENVELOPE;
  return rowsEnvelope(
    s * ROWS_AN_ENVELOPE + 1,
    slotAt(s) + 70_000,
    stream.meters.map(({ id }, i) => reading(id, first + i, s)),
  );
}

/** An envelope of some rows, the first of them with the number `seq`. */
export function rowsEnvelope(seq: number, sentAt: number, rows: readonly ReadingRow[]): Uint8Array {
  const text = encodeEnvelope({
    epoch: 'e1',
    seq,
    count: rows.length,
    oldest: Math.max(1, seq - (WINDOW - 1) * ROWS_AN_ENVELOPE),
    sentAt,
    batches: [{ stream: 'reading', task: TASK.id, quantities: QUANTITIES, rows }],
  });
  return Buffer.from(text);
}

/** The row as a line of plain CSV, with times to the second. */
export function csvLine({ meter, slot, meterTime, readAt, values }: ReadingRow): string {
  const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString().replace('.000', ''));
  return `${[meter, time(slot), time(meterTime), time(readAt), 'valid', ...values].join(',')}\n`;
}

/** Rows `from` … of the district, read slot by slot, as the store takes them. */
export function readingsOf({ meters }: District, from: number, size: number): NewReadings {
  const rows = Array.from({ length: size }, (_, i) => {
    const n = from + i;
    const m = n % meters.length;
    const row = reading(meters[m]?.id ?? '', m, Math.floor(n / meters.length));
    return { ...row, quality: 'valid', rules: [] } as const;
  });
  return { task: TASK.id, quantities: QUANTITIES, rows };
}

/** Numbers that stand before the values of a row. */
export const LEAD = 5;

/** The same rows as the numbers that end up in the table, row after row. */
export function numbersOf(district: District, from: number, size: number): Float64Array {
  const width = LEAD + QUANTITIES.length;
  const numbers = new Float64Array(size * width);
  const { rows } = readingsOf(district, from, size);
  for (const [i, { slot, meterTime, readAt, quality, values }] of rows.entries()) {
    const meter = ((from + i) % district.meters.length) + 1;
    const scaled = QUANTITIES.map((name, c) => toScaled(name, values[c] ?? 0));
    const lead = [slot, meter, (meterTime ?? slot) - slot, readAt - slot, qualityCode(quality)];
    numbers.set([...lead, ...scaled], i * width);
  }
  return numbers;
}
