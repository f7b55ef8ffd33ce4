import { readdirSync } from 'node:fs';

/** Where udev keeps names of adapters that stay the same when they are plugged in elsewhere. */
const BY_ID = '/dev/serial/by-id';
const MOST_NAMED = 6;

function stableNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** What a message about a missing port adds: the ports that are there. Empty when none is known. */
export function portsThere(folder = BY_ID): string {
  const names = stableNames(folder);
  if (names.length === 0) return '';
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : '';
  return `; there are ${names
    .slice(0, MOST_NAMED)
    .map((name) => `${folder}/${name}`)
    .join(', ')}${more}`;
}

/**
 * What is unsafe about the name of a port, or null: /dev/ttyUSB0 is whichever adapter was found first, and after a
 * replug the meters of another line may answer under it.
 */
export function unstableName(path: string): string | null {
  if (!/^\/dev\/tty(USB|ACM)[0-9]+$/.test(path)) return null;
  return `${path} may name another adapter after a replug or a restart; a name under ${BY_ID} stays`;
}
