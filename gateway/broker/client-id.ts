import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isId } from '#contract/ids.ts';
import { writeFileAtomic } from '#platform/files.ts';

/**
 * The gateway's client id, the same at every start, so that the broker keeps its session. It ends in something random:
 * a broker gives a session to whoever names it, and no collector's rights keep it from naming the gateway's.
 */
export function gatewayClientId(path: string): string {
  const stored = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (stored !== '' && isId(stored.replace('.', ''))) return stored;
  const made = `gateway.${randomBytes(8).toString('hex')}`;
  writeFileAtomic(path, `${made}\n`, 0o600);
  return made;
}
