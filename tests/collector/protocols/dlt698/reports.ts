import { stampHex } from './meter-frames.ts';

/** APDU of a report of records, each `OAD, columns, choice, rows` in hexadecimal; no follow-up, no time tag. */
export function reportApdu(records: readonly string[], piid = '05'): string {
  const count = String(records.length).padStart(2, '0');
  return `8802${piid}${count}${records.join('')}0000`.replaceAll(' ', '');
}

const stamp = (local: string | null): string => (local === null ? '00' : stampHex(local));

/** A terminal's own interruption; local times, null for none. */
export function terminalReport(start: string, end: string | null): string {
  return reportApdu([`31060200 02 00201E0200 0020200200 01 01 ${stamp(start)}${stamp(end)}`]);
}

/** That of a meter, named by its address in the record or, with null, not. */
export function meterReport(start: string, end: string | null, address: string | null): string {
  const target = address === null ? '00' : `550705${address}`;
  return reportApdu([`30110200 03 00202A0200 00201E0200 0020200200 01 01 ${target}${stamp(start)}${stamp(end)}`]);
}
