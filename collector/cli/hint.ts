import { REASON_TEXTS, type Reason } from '#contract/reasons.ts';
import type { ReadError } from '../lines/read-error.ts';

/** Why a read failed, for a person with a screwdriver: what happened, the likely cause, the first three checks. */
export function failureText(what: string, error: ReadError): string {
  const { zh, en, cause, checks } = REASON_TEXTS[error.reason];
  const lines = [
    `cannot read ${what}: ${en} ${zh} (${error.detail})`,
    `  likely: ${cause.en} ${cause.zh}`,
    ...checks.en.map((check, i) => `  check ${i + 1}: ${check} ${checks.zh[i] ?? ''}`.trimEnd()),
  ];
  if (error.lastBytes !== '') lines.push(`  last bytes: ${error.lastBytes.replace(/(..)(?=.)/g, '$1 ')}`);
  return lines.join('\n');
}

/** `the meter did not answer 电能表无应答`. */
export function reasonText(reason: Reason): string {
  const { zh, en } = REASON_TEXTS[reason];
  return `${en} ${zh}`;
}
