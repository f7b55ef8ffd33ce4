import type { InfluxAnswer, InfluxConnection, InfluxRequest } from './connection.ts';
import { failureOf } from './failure.ts';
import { query, type Series } from './query.ts';

export interface SetUpStep {
  readonly what: string;
  readonly done: 'created' | 'changed' | 'there';
}

/** What a server has of one database, whatever the version calls it. */
export interface DatabaseState {
  /** Days for which points are kept, 0 = for ever; null when the server does not tell. */
  readonly keptDays: number | null;
  /** Whether `/query` finds it by its name; in 2.x that takes a DBRP mapping. */
  readonly mapped: boolean;
}

/** Looks after databases; what differs between the versions. */
export interface InfluxAdmin {
  /** Null when there is no such database. */
  look(database: string): Promise<DatabaseState | null>;
  create(database: string, keptDays: number): Promise<void>;
  setKept(database: string, keptDays: number): Promise<void>;
  map(database: string): Promise<void>;
}

/** A request to the management interface; anything but a success is thrown. */
export async function manage(
  connection: InfluxConnection,
  what: string,
  request: Omit<InfluxRequest, 'body'> & { readonly body?: object },
  accepted: readonly number[] = [200, 201, 204],
): Promise<InfluxAnswer> {
  const { body, ...rest } = request;
  const answer = await connection.request({ ...rest, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!accepted.includes(answer.status)) throw failureOf(what, answer, connection, 0);
  return answer;
}

/** Rows of a management statement in InfluxQL, each as column → value. */
export async function ask(
  connection: InfluxConnection,
  statement: string,
  database = '',
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  const take = ({ columns, values }: Series): void => {
    for (const row of values) rows.push(Object.fromEntries(columns.map((name, c) => [name, row[c]])));
  };
  await query(connection, () => 0, { database, statement, params: {} }, take);
  return rows;
}
