/** Values as DL/T 698.45 writes them (data types, table of tags). Numbers high byte first. */
export type Data =
  | { readonly kind: 'null' }
  | { readonly kind: 'array' | 'structure'; readonly items: readonly Data[] }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** `count` bits, the first in the top bit of the first byte. */
  | { readonly kind: 'bits'; readonly count: number; readonly bytes: Uint8Array }
  | { readonly kind: 'integer'; readonly type: IntegerType; readonly value: bigint }
  | { readonly kind: 'octets'; readonly bytes: Uint8Array }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'enum'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  /** Kept as they came: whether they are a possible time is asked where they are used. */
  | { readonly kind: TimeKind; readonly bytes: Uint8Array }
  | { readonly kind: 'oi' | 'oad' | 'tsa'; readonly value: string }
  | { readonly kind: 'ti'; readonly value: Interval }
  | { readonly kind: 'rsd'; readonly value: Selector }
  | { readonly kind: 'csd'; readonly value: Column }
  | { readonly kind: 'ms'; readonly value: MeterSet }
  | { readonly kind: 'rcsd'; readonly value: readonly Column[] };

export type TimeKind = 'date_time' | 'date' | 'time' | 'date_time_s';

export type IntegerType = 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64';

export const INTERVAL_UNITS = ['s', 'min', 'h', 'day', 'month', 'year'] as const;

/** TI: every so many of the unit. */
export interface Interval {
  readonly unit: (typeof INTERVAL_UNITS)[number];
  readonly count: number;
}

/** CSD: one column of a record, an attribute or parts of a record attribute. OADs as 8 hexadecimal digits. */
export interface Column {
  readonly oad: string;
  /** Of a ROAD; empty for a plain OAD. */
  readonly parts: readonly string[];
}

interface Region {
  /** 0 [from, to), 1 (from, to], 2 [from, to], 3 (from, to). */
  readonly bounds: number;
  readonly from: Data;
  readonly to: Data;
}

/** MS: which meters a terminal is asked about. */
export type MeterSet =
  | { readonly kind: 'none' | 'all' }
  | { readonly kind: 'types' | 'numbers'; readonly values: readonly number[] }
  | { readonly kind: 'addresses'; readonly values: readonly string[] }
  | { readonly kind: 'type ranges' | 'address ranges' | 'number ranges'; readonly values: readonly Region[] };

interface Range {
  readonly oad: string;
  readonly from: Data;
  readonly to: Data;
  /** Interval or null data. */
  readonly step: Data;
}

/** RSD: which rows of a record are meant. Times are 7 bytes date_time_s without tag. */
export type Selector =
  | { readonly kind: 0 }
  | { readonly kind: 1; readonly oad: string; readonly value: Data }
  | ({ readonly kind: 2 } & Range)
  | { readonly kind: 3; readonly ranges: readonly Range[] }
  | { readonly kind: 4 | 5; readonly time: Uint8Array; readonly meters: MeterSet }
  | {
      readonly kind: 6 | 7 | 8;
      readonly from: Uint8Array;
      readonly to: Uint8Array;
      readonly step: Interval;
      readonly meters: MeterSet;
    }
  | { readonly kind: 9; readonly n: number }
  | { readonly kind: 10; readonly n: number; readonly meters: MeterSet };
