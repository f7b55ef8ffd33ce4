import { createHash, randomBytes } from 'node:crypto';

/** `mw_` and 256 random bits: recognisable in a leak, impossible to guess, so a fast hash suffices to store it. */
export function newApiKey(): string {
  return `mw_${randomBytes(32).toString('base64url')}`;
}

/** Whether a text has the form of a key made here. */
export function isApiKey(text: string): boolean {
  return /^mw_[\w-]{43}$/.test(text);
}

/** What is stored of a key: its SHA-256, hexadecimal. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
