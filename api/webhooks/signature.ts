import { createHmac, randomBytes } from 'node:crypto';
import type { Webhook } from '#stores/webhook-store.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret in the form of Standard Webhooks: `whsec_` and 32 random bytes in base64. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * Headers of one attempt by Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, with the secret and, while it
 * is being rotated, with the one before it. `now` UTC ms.
 */
export function signedHeaders(
  { secret, previousSecret, previousUntil }: Pick<Webhook, 'secret' | 'previousSecret' | 'previousUntil'>,
  { id, now, body }: { id: string; now: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const isRotating = previousSecret !== null && previousUntil !== null && now < previousUntil;
  const secrets = isRotating ? [secret, previousSecret] : [secret];
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((each) => signature(each, `${id}.${timestamp}.${body}`)).join(' '),
  };
}

/** `v1,` and the base64 of the HMAC; the key is what follows the prefix, decoded. */
export function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}
