import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashApiKey, isApiKey, newApiKey } from '#platform/api-key.ts';
import { MeterwayError } from '#platform/errors.ts';
import { writeFileAtomic } from '#platform/files.ts';
import type { KeyStore } from '#stores/state-store.ts';

/** Beginning of the id of every administrator key. */
const ADMIN = 'admin-';

/**
 * Makes sure that the administrator key of `<dataDir>/admin-key` is valid, and no other one: made on the first start
 * or when the file is gone, taken up again when the state store is new. Returns the file's path; the key itself is
 * never logged. Rejects with `config_invalid` when the file holds no key of ours, or one that was revoked.
 */
export async function ensureAdminKey(keys: KeyStore, dataDir: string, now: number): Promise<string> {
  const path = join(dataDir, 'admin-key');
  const there = existsSync(path);
  const key = there ? readFileSync(path, 'utf8').trim() : newApiKey();
  if (!isApiKey(key)) throw unusable(path, 'it does not hold a key that Meterway made');
  const hash = hashApiKey(key);
  const known = await keys.byHash(hash);
  if (known && known.revokedAt !== null) throw unusable(path, 'its key was revoked');
  if (!known) {
    const id = `${ADMIN}${hash.slice(0, 12)}`;
    await keys.add({ id, name: 'administrator', hash, createdAt: now, revokedAt: null });
  }
  if (!there) writeFileAtomic(path, `${key}\n`, 0o600);
  for (const other of await keys.list()) {
    if (other.id.startsWith(ADMIN) && other.hash !== hash) await keys.revoke(other.id, now);
  }
  return path;
}

function unusable(path: string, why: string): MeterwayError {
  return new MeterwayError(`cannot use ${path}: ${why}; delete the file and start again to get a new key`, {
    code: 'config_invalid',
  });
}
