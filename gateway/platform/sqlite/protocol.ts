import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

export type Param = SQLInputValue;
export type Row = Record<string, SQLOutputValue>;

/** One statement and the parameter rows it runs with; no rows = once without parameters. */
export interface RowsStatement {
  readonly sql: string;
  readonly rows: readonly (readonly Param[])[];
}

/**
 * A bulk statement whose parameters come by column: numbers as a Float64Array (NaN = NULL, moved to the worker without
 * a copy), texts as an array. The worker binds row i from element i of every column.
 */
export interface ColumnsStatement {
  readonly sql: string;
  readonly columns: readonly (Float64Array | readonly (string | null)[])[];
  readonly count: number;
}

export type Statement = RowsStatement | ColumnsStatement;

export type Request =
  | { readonly id: number; readonly kind: 'all'; readonly sql: string; readonly params: readonly Param[] }
  | { readonly id: number; readonly kind: 'run'; readonly sql: string; readonly params: readonly Param[] }
  | { readonly id: number; readonly kind: 'transaction'; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly kind: 'close' };

export interface RunResult {
  readonly changes: number;
  readonly lastId: number;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string; readonly errcode: number | null };

export interface WorkerOptions {
  readonly path: string;
  readonly readOnly: boolean;
}
