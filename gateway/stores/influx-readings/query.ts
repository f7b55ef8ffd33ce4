import { StringDecoder } from 'node:string_decoder';
import { MeterwayError } from '#platform/errors.ts';
import type { InfluxConnection } from './connection.ts';
import { failureOf } from './failure.ts';

/** Rows that the server sends in one piece, so that neither side holds a long answer whole. */
const CHUNK_ROWS = 5000;

export interface Series {
  /** Of a statement with GROUP BY. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

interface QueryResult {
  /** A series without rows has no `values`. */
  readonly series?: readonly (Omit<Series, 'values'> & Partial<Pick<Series, 'values'>>)[];
  readonly error?: string;
}

export interface Query {
  readonly database: string;
  /** InfluxQL in which every value stands as `$name`. */
  readonly statement: string;
  /** Instants as `instant` writes them; numbers would be nanoseconds, beyond what JSON keeps. */
  readonly params: Readonly<Record<string, string>>;
}

/** An instant (UTC ms) as InfluxQL takes it. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Asks in InfluxQL and hands over the series piece by piece. Instants in the answer are UTC ms. */
export async function query(
  connection: InfluxConnection,
  now: () => number,
  { database, statement, params }: Query,
  onSeries: (series: Series) => void,
): Promise<void> {
  const { binds } = connection.dialect;
  const form = new URLSearchParams({ q: binds ? statement : written(statement, params) });
  if (binds) form.set('params', JSON.stringify(params));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  // Thrown within a callback of the socket, an error would end the process.
  let broken: { readonly error: unknown } | null = null;
  let documents = 0;
  const take = (text: string): void => {
    if (broken || text.trim() === '') return;
    documents++;
    try {
      for (const series of seriesOf(text, connection, now)) onSeries(series);
    } catch (error) {
      broken = { error };
    }
  };
  const answer = await connection.request({
    method: 'POST',
    path: `/query?db=${encodeURIComponent(database)}&epoch=ms&chunked=true&chunk_size=${CHUNK_ROWS}`,
    body: form.toString(),
    contentType: 'application/x-www-form-urlencoded',
    onData: (bytes) => {
      const lines = (rest + decoder.write(bytes)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
  });
  if (answer.status !== 200) throw failureOf('read from', answer, connection, now());
  take(rest + decoder.end());
  const failed = broken as { readonly error: unknown } | null;
  if (failed) throw failed.error;
  // Nothing at all must not be taken for "no readings": what is stored would be overwritten.
  if (documents === 0) throw notInflux(connection);
}

function seriesOf(text: string, connection: InfluxConnection, now: () => number): Series[] {
  let answer: { readonly results?: readonly QueryResult[]; readonly error?: string } | null;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw notInflux(connection, cause);
  }
  const error = answer?.error ?? answer?.results?.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw failureOf('read from', { status: 200, text: error }, connection, now());
  if (!Array.isArray(answer?.results)) throw notInflux(connection);
  return answer.results
    .flatMap((result) => result.series ?? [])
    .map(({ tags = {}, columns, values = [] }) => {
      if (Array.isArray(columns) && Array.isArray(values)) return { tags, columns, values };
      throw notInflux(connection);
    });
}

function notInflux({ where }: InfluxConnection, cause?: unknown): MeterwayError {
  return new MeterwayError(
    `cannot read from InfluxDB at ${where}: the answer to /query is not what InfluxDB says; is it InfluxDB that listens there?`,
    { code: 'store_answer_unreadable', next: 'retry', cause },
  );
}

/** For servers that do not bind: each value as a quoted literal. Ids and instants need no escape; it is done all the same. */
function written(statement: string, params: Readonly<Record<string, string>>): string {
  return statement.replace(/\$(\w+)/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : `'${value.replace(/[\\']/g, '\\$&')}'`;
  });
}
