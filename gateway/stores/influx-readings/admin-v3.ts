import type { InfluxConnection } from './connection.ts';
import { type InfluxAdmin, manage } from './manage.ts';

const PATH = '/api/v3/configure/database';
const CONFLICT = 409;

/** 3.x: databases by its own interface; InfluxQL finds them by name. It lists names only, not how long they keep. */
export function adminOfV3(connection: InfluxConnection): InfluxAdmin {
  return {
    look: async (database) => {
      const { text } = await manage(connection, 'set up', { method: 'GET', path: `${PATH}?format=json` });
      return namesOf(JSON.parse(text)).includes(database) ? { keptDays: null, mapped: true } : null;
    },
    create: async (database, keptDays) => {
      const body = { db: database, ...retention(keptDays) };
      await manage(connection, 'set up', { method: 'POST', path: PATH, body }, [200, 201, 204, CONFLICT]);
    },
    setKept: async (database, keptDays) => {
      // Releases before 3.2 do not change a retention; theirs stays as it was made.
      const body = { db: database, ...retention(keptDays) };
      await manage(connection, 'set up', { method: 'PUT', path: PATH, body }, [200, 204, 404, 405]);
    },
    map: async () => {},
  };
}

function retention(keptDays: number): { readonly retention_period?: string } {
  return keptDays === 0 ? {} : { retention_period: `${keptDays}d` };
}

/** `[{"iox::database": "x"}]`. */
function namesOf(answer: unknown): string[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((row: unknown) => {
    const name = (row as Record<string, unknown> | null)?.['iox::database'];
    return typeof name === 'string' ? [name] : [];
  });
}
