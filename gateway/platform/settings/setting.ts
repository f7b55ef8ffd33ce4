import { type Static, type TSchema, Type } from 'typebox';

export const PROGRAMS = ['standalone', 'gateway', 'figures', 'anomalies', 'collector', 'api'] as const;
export type Program = (typeof PROGRAMS)[number];

export interface Setting<S extends TSchema> {
  readonly schema: S;
  readonly fallback: Static<S>;
  readonly programs: readonly Program[];
  readonly en: string;
  readonly zh: string;
  /** Never printed. */
  readonly secret?: true;
}

export function setting<S extends TSchema>(
  schema: S,
  fallback: Static<S>,
  programs: readonly Program[],
  en: string,
  zh: string,
  secret?: true,
): Setting<S> {
  return { schema, fallback, programs, en, zh, ...(secret ? { secret } : {}) };
}

export const Text = Type.String();
export const Port = Type.Integer({ minimum: 0, maximum: 65_535 });
export const Flag = Type.Boolean();
/** 0 = never, or for ever. */
export const Days = Type.Integer({ minimum: 0, maximum: 3660 });

export const CENTRE = ['standalone', 'gateway'] as const;
export const CENTRE_AND_API = [...CENTRE, 'figures', 'anomalies', 'api'] as const;
