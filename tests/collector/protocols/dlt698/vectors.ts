import { readFileSync } from 'node:fs';

export interface Vector {
  readonly name: string;
  readonly request_hex: string | null;
  readonly response_hex: string | null;
  readonly decoded: Readonly<Record<string, unknown>>;
}

/** Recorded frames, each with its source: see the file. */
export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/dlt698.json', import.meta.url), 'utf8'),
);

export interface Golden {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function goldens(pick: (vector: Vector) => string | null): Golden[] {
  return VECTORS.flatMap((vector) => {
    const text = pick(vector);
    return text === null ? [] : [{ name: vector.name, bytes: hex(text) }];
  });
}

export const REQUESTS: readonly Golden[] = goldens(({ request_hex }) => request_hex);
export const REPLIES: readonly Golden[] = goldens(({ response_hex }) => response_hex);
export const FRAMES: readonly Golden[] = [...REQUESTS, ...REPLIES];

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** The recorded request or reply whose name begins so. */
export function named(list: readonly Golden[], name: string): Uint8Array {
  const found = list.find((golden) => golden.name.startsWith(name));
  if (!found) throw new Error(`no vector is called ${name}`);
  return found.bytes;
}
