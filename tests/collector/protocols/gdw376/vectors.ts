import { readFileSync } from 'node:fs';

export interface Vector {
  readonly name: string;
  readonly request_hex: string;
  readonly response_hex: string | null;
}

/** Recorded frames, each with its source: see the file. */
export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/gdw376.json', import.meta.url), 'utf8'),
);

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

function vector(name: string): Vector {
  const found = VECTORS.find((each) => each.name.startsWith(name));
  if (!found) throw new Error(`no vector is called ${name}`);
  return found;
}

export function requestNamed(name: string): Uint8Array {
  return hex(vector(name).request_hex);
}

export function responseNamed(name: string): Uint8Array {
  return hex(vector(name).response_hex ?? '');
}

/** Every frame of the file. */
export const FRAMES: readonly { readonly name: string; readonly bytes: Uint8Array }[] = VECTORS.flatMap((each) => [
  { name: each.name, bytes: hex(each.request_hex) },
  ...(each.response_hex === null ? [] : [{ name: `answer to ${each.name}`, bytes: hex(each.response_hex) }]),
]);
