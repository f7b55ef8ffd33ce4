import { MeterwayError } from '#platform/errors.ts';
import type { InfluxAnswer, InfluxConnection } from './connection.ts';

/** However long a server asks for, we look again after this. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/**
 * What an answer that is no success means. All of it may be tried again: with a wrong token or a missing database the
 * readings wait in the spools of the collectors until somebody has mended it.
 */
export function failureOf(
  what: string,
  answer: Pick<InfluxAnswer, 'status' | 'text'> & Partial<InfluxAnswer>,
  { where, settings }: InfluxConnection,
  now: number,
): MeterwayError {
  const said = answer.text === '' ? `status ${answer.status}` : `status ${answer.status}: ${answer.text}`;
  const fail = (code: string, remedy: string, context: Record<string, number> = {}): MeterwayError =>
    new MeterwayError(`cannot ${what} InfluxDB at ${where}: ${said}${remedy}`, { code, next: 'retry', context });
  if (answer.status === 401 || answer.status === 403) return fail('store_denied', `; ${credentialsRemedy(settings)}`);
  if (answer.status === 404 || answer.text.includes('database not found')) {
    return fail('store_missing', '; `meterway store init` creates what is missing');
  }
  if (isServerLimit(answer.text)) {
    return fail(
      'store_limited',
      '; set max-series-per-database = 0 and max-values-per-tag = 0 in its configuration and restart it',
    );
  }
  const retryAfterMs = retryAfterOf(answer.retryAfter, now);
  return fail('store_busy', '', retryAfterMs === null ? {} : { retryAfterMs });
}

/** Of a server that refuses whatever is written: good readings must wait, not be set aside. */
export function refusesFailure(
  { status, text }: Pick<InfluxAnswer, 'status' | 'text'>,
  { where }: InfluxConnection,
): MeterwayError {
  return new MeterwayError(
    `cannot write readings to InfluxDB at ${where}: it refuses one after the other with status ${status}: ${text}; ` +
      'check the settings influxUrl and influxVersion, and any proxy before it',
    { code: 'store_refuses', next: 'retry' },
  );
}

export function credentialsRemedy({ influxVersion }: { readonly influxVersion: string }): string {
  return influxVersion === '1'
    ? 'check the settings influxUsername and influxPassword and the rights of that user'
    : 'check the setting influxToken and the rights of that token';
}

/** A limit of the server that turns away good readings: they must wait, not be set aside. */
export function isServerLimit(text: string): boolean {
  return text.includes('max-series-per-database') || text.includes('max-values-per-tag');
}

/** RFC 9110 10.2.3: seconds, or an HTTP date. */
function retryAfterOf(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}
