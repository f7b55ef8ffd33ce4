import { readFileSync } from 'node:fs';

export interface ParsedFrame {
  readonly address: string;
  readonly control: string;
  readonly data_minus_33: string;
  readonly di?: string;
}

export interface Vector {
  readonly name: string;
  readonly request_hex: string | null;
  readonly response_hex: string | null;
  readonly decoded: Readonly<Record<string, unknown>>;
  readonly parsed_request?: ParsedFrame;
  readonly parsed_response?: ParsedFrame;
  readonly negative?: boolean;
}

/** Recorded and built frames, each with its source: see the file. */
export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/dlt645-2007.json', import.meta.url), 'utf8'),
);

export interface Golden {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly parsed: ParsedFrame;
  readonly decoded: Readonly<Record<string, unknown>>;
}

function golden(vector: Vector, text: string | null, parsed: ParsedFrame | undefined): Golden[] {
  return text && parsed ? [{ name: vector.name, bytes: hex(text), parsed, decoded: vector.decoded }] : [];
}

export const REQUESTS: readonly Golden[] = VECTORS.flatMap((v) => golden(v, v.request_hex, v.parsed_request));
export const REPLIES: readonly Golden[] = VECTORS.flatMap((v) => golden(v, v.response_hex, v.parsed_response));
export const NEGATIVES: readonly Vector[] = VECTORS.filter((v) => v.negative);

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** The recorded reply of that name. */
export function replyNamed(name: string): Golden {
  const found = REPLIES.find((reply) => reply.name.startsWith(name));
  if (!found) throw new Error(`no vector is called ${name}`);
  return found;
}
