import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashApiKey, newApiKey } from '#platform/api-key.ts';
import { writeFileAtomic } from '#platform/files.ts';
import type { KeyStore } from '#stores/state-store.ts';

/**
 * Makes sure that the administrator key of `<dataDir>/admin-key` is valid: made on the first start, taken up again
 * when the state store is new. Returns the file's path; the key itself is never logged.
 */
export async function ensureAdminKey(keys: KeyStore, dataDir: string, now: number): Promise<string> {
  const path = join(dataDir, 'admin-key');
  const key = existsSync(path) ? readFileSync(path, 'utf8').trim() : newApiKey();
  const hash = hashApiKey(key);
  if ((await keys.byHash(hash)) === null) {
    await keys.add({ id: `admin-${hash.slice(0, 12)}`, name: 'administrator', hash, createdAt: now, revokedAt: null });
  }
  if (!existsSync(path)) writeFileAtomic(path, `${key}\n`, 0o600);
  return path;
}
