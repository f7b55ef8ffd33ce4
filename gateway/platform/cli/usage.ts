import { MeterwayError } from '../errors.ts';

/** Something on the command line that cannot be used: exit code 2. The message says what would be right. */
export class UsageError extends MeterwayError {
  constructor(message: string) {
    super(message, { code: 'usage' });
    this.name = 'UsageError';
  }
}

/** Whole number of an option within limits, decimal or as 0x48. Throws UsageError. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`cannot use ${option} ${text}: a whole number from ${min} to ${max} is wanted`);
}

/** One of a closed list. Throws UsageError with the list. */
export function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`cannot use ${option} ${text}: ${known.join(', ')} are known`);
}

/** Parts of a list written with commas. Throws UsageError when there are none. */
export function listOf(option: string, text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new UsageError(`cannot use ${option}: the list is empty`);
  return parts;
}
