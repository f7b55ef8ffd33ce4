import { ADDRESS_BYTES } from '../protocols/dlt645/address.ts';
import type { Heard } from './scan-listen.ts';

/** Addresses in a range that is searched one by one: reliable where replies that collide are lost on the way. */
const MOST_ONE_BY_ONE = 1000;
const DIGITS = ADDRESS_BYTES * 2;

/** Numbers of the first and the last address that is looked for. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
export const EVERY_ADDRESS: Range = { from: 0, to: 999_999_999_998 };

export interface AddressSearch {
  /** Asks an address of 12 characters, in which AA stands for any two digits; `first` when one meter at most can answer. */
  readonly ask: (address: string, first: boolean) => Promise<Heard>;
  readonly range: Range;
  /** Goes on one step even where the whole line seems silent. */
  readonly isDeep: boolean;
  readonly onFound: (address: string) => void;
  /** Two meters with one address, or noise. */
  readonly onClash: (address: string) => void;
  readonly onStep: (done: number, total: number, address: string) => void;
  readonly isStopped: () => boolean;
}

/**
 * Finds the DL/T meters of a line. All are asked at once first; where replies run into one another, the question is
 * narrowed by two low digits at a time (DL/T 645-2007, abbreviated addresses: high bytes AA), because an address byte
 * holds two digits and AA stands for a whole one; so it does in a wildcard address of DL/T 698.45.
 */
export async function searchAddresses(search: AddressSearch): Promise<void> {
  const { range } = search;
  if (range.to - range.from < MOST_ONE_BY_ONE) await oneByOne(search);
  else await byEndings(search);
}

async function oneByOne({ ask, range, onFound, onClash, onStep, isStopped }: AddressSearch): Promise<void> {
  const total = range.to - range.from + 1;
  for (let number = range.from; number <= range.to && !isStopped(); number++) {
    const address = String(number).padStart(DIGITS, '0');
    onStep(number - range.from, total, address);
    const { addresses, isDamaged } = await ask(address, true);
    if (addresses.includes(address)) onFound(address);
    else if (isDamaged) onClash(address);
  }
}

async function byEndings(search: AddressSearch): Promise<void> {
  const { ask, range, onStep, isStopped } = search;
  const found = new Set<string>();
  const open = [''];
  for (let done = 0; open.length > 0 && !isStopped(); done++) {
    const ending = open.pop() ?? '';
    const address = ending.padStart(DIGITS, 'A');
    onStep(done, done + 1 + open.length, address);
    const heard = await ask(address, ending.length === DIGITS);
    for (const answered of heard.addresses) take(search, answered, ending, found);
    if (isWorthNarrowing(search, ending, heard)) open.push(...longer(ending, range));
  }
}

function take({ range, onFound }: AddressSearch, address: string, ending: string, found: Set<string>): void {
  if (found.has(address) || !address.endsWith(ending) || !isWithin(address, range)) return;
  found.add(address);
  onFound(address);
}

/** True when more meters may hide behind the answer; one that cannot be narrowed further is told. */
function isWorthNarrowing(
  { isDeep, onClash }: AddressSearch,
  ending: string,
  { addresses, isDamaged }: Heard,
): boolean {
  if (ending.length < DIGITS) return isDamaged || (isDeep && ending === '' && addresses.length === 0);
  if (isDamaged && addresses.length === 0) onClash(ending);
  return false;
}

function isWithin(address: string, { from, to }: Range): boolean {
  const number = Number(address);
  return number >= from && number <= to;
}

/** Endings two digits longer that an address of the range can have; the lowest last, so that it is taken first. */
function longer(ending: string, range: Range): string[] {
  const endings: string[] = [];
  for (let two = 99; two >= 0; two--) {
    const next = String(two).padStart(2, '0') + ending;
    if (hasEnding(range, next)) endings.push(next);
  }
  return endings;
}

/** True when some number of the range ends so. */
function hasEnding({ from, to }: Range, ending: string): boolean {
  const every = 10 ** ending.length;
  const least = from + ((Number(ending) - (from % every) + every) % every);
  return least <= to;
}
