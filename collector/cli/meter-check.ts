import type { Reason } from '#contract/reasons.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Exchanger } from '../lines/exchange.ts';
import { ReadError } from '../lines/read-error.ts';
import { fullAddress } from '../protocols/dlt645/address.ts';
import { Dlt645Client } from '../protocols/dlt645/client.ts';
import { triesFor } from './readers.ts';

/** DL/T 645-2007 table A.4: communication address, and meter number (表号); six BCD bytes each, low byte first. */
const COMMUNICATION_ADDRESS = '04000401';
const METER_NUMBER = '04000402';

/** What one meter said of itself, against the site file. */
export type Verdict =
  | { readonly kind: 'good'; readonly detail: string }
  /** It answered, and is another one than the site file says. */
  | { readonly kind: 'other'; readonly detail: string }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly detail: string }
  /** Not tried: the line was lost, or the user stopped. */
  | { readonly kind: 'skipped'; readonly detail: string };

export function failed(error: unknown): Verdict {
  if (error instanceof ReadError) return { kind: 'failed', reason: error.reason, detail: error.detail };
  if (error instanceof MeterwayError) return { kind: 'skipped', detail: error.message };
  throw error;
}

/** True when a DL/T 645 meter keeps this number: it stands in twelve digits, filled with zeros. */
function isSame(number: string, kept: string): boolean {
  return number.replace(/\D/g, '').padStart(12, '0') === kept;
}

/**
 * Asks a DL/T 645-2007 meter for its address and its number. A meter that keeps no number is good when its address is
 * right; one that keeps neither is good when it answers at all. Rejects with ReadError when it does not.
 */
export async function checkDlt645(exchanger: Exchanger, address: string, number: string): Promise<Verdict> {
  const client = new Dlt645Client(exchanger, triesFor);
  const full = fullAddress(address);
  const kept = await digitsOrNone(client, full, COMMUNICATION_ADDRESS);
  if (kept !== null && kept !== full) return { kind: 'other', detail: `its address is ${kept}, asked was ${full}` };
  const plate = await digitsOrNone(client, full, METER_NUMBER);
  if (plate === null || /^0+$/.test(plate)) return { kind: 'good', detail: 'answers; keeps no number' };
  if (isSame(number, plate)) return { kind: 'good', detail: `number ${number}` };
  // A number with letters cannot stand in BCD digits, so that a difference says nothing.
  if (/\D/.test(number)) return { kind: 'good', detail: `answers; number ${plate} in the meter` };
  return { kind: 'other', detail: `number ${plate} in the meter, ${number} in the site file` };
}

/** Six BCD bytes as digits, or null when the meter does not have the item or no digits stand in it. */
async function digitsOrNone(client: Dlt645Client, address: string, di: string): Promise<string | null> {
  try {
    const data = await client.readData(address, di);
    const text = Buffer.from(data.toReversed()).toString('hex');
    return /^\d{12}$/.test(text) ? text : null;
  } catch (error) {
    if (error instanceof ReadError && error.answered) return null;
    throw error;
  }
}
