import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

export type Param = SQLInputValue;
export type Row = Record<string, SQLOutputValue>;

/** One statement and the parameter rows it runs with. Without rows it runs once, or not at all if it has a `?`. */
export interface RowsStatement {
  readonly sql: string;
  readonly rows: readonly (readonly Param[])[];
}

/** One column of parameters or results: numbers (NaN = NULL) or texts. */
export type Column = Float64Array | readonly (string | null)[];

/**
 * A bulk statement whose parameters come by column: numbers are moved to the worker without a copy, so the caller
 * must not use them afterwards. The worker binds row i from element i of every column.
 */
export interface ColumnsStatement {
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly count: number;
  /**
   * The parenthesised `?` list after VALUES in an INSERT's `sql`. When given, several rows go into one run of the
   * statement, which almost doubles the rate.
   */
  readonly tuple?: string;
}

export type Statement = RowsStatement | ColumnsStatement;

/** What each result column of a bulk read holds. */
export type ColumnKind = 'number' | 'text';

export type Request =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly params: readonly Param[] }
  | {
      readonly id: number;
      readonly kind: 'columns';
      readonly sql: string;
      readonly params: readonly Param[];
      readonly kinds: readonly ColumnKind[];
    }
  | { readonly id: number; readonly kind: 'transaction'; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly kind: 'rollback' }
  | { readonly id: number; readonly kind: 'close' };

export interface QueryResult {
  /** Rows of a statement that gives any, else empty. */
  readonly rows: Row[];
  /** Changed rows and the last rowid of a statement that gives no rows, else 0. */
  readonly changes: number;
  readonly lastId: number;
}

/** Result of a bulk read: `columns[c][i]` is column c of row i. */
export interface ColumnsResult {
  readonly count: number;
  readonly columns: readonly Column[];
}

/** `message` and the codes of an error as they leave the worker; `errcode` is SQLite's extended result code. */
export interface Failure {
  readonly message: string;
  readonly errcode: number | null;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | ({ readonly id: number; readonly ok: false } & Failure);

/** Id of the reply by which the worker says whether the database is open. */
export const OPENED = 0;

export interface WorkerOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly busyTimeoutMs: number;
}
