import { type Clock, systemClock } from '#platform/clock.ts';
import { adminOfV1 } from './admin-v1.ts';
import { adminOfV2 } from './admin-v2.ts';
import { adminOfV3 } from './admin-v3.ts';
import { InfluxConnection } from './connection.ts';
import type { InfluxAdmin, SetUpStep } from './manage.ts';
import { databaseOf, type InfluxSettings, KEEPINGS, keptDays } from './settings.ts';

export function adminOf(connection: InfluxConnection): InfluxAdmin {
  switch (connection.settings.influxVersion) {
    case '1':
      return adminOfV1(connection);
    case '2':
      return adminOfV2(connection);
    case '3':
      return adminOfV3(connection);
  }
}

/**
 * Makes the two databases with their retention, and what InfluxQL needs to find them. May be done again at any time:
 * nothing is deleted but what a shorter retention ends. Rejects with a MeterwayError that says what to do.
 */
export async function initInflux(settings: InfluxSettings, clock: Clock = systemClock()): Promise<SetUpStep[]> {
  const connection = new InfluxConnection(settings, clock);
  try {
    const admin = adminOf(connection);
    const steps: SetUpStep[] = [];
    for (const keeping of KEEPINGS) {
      steps.push(...(await setUp(admin, databaseOf(settings, keeping), keptDays(settings, keeping))));
    }
    return steps;
  } finally {
    connection.close();
  }
}

async function setUp(admin: InfluxAdmin, database: string, days: number): Promise<SetUpStep[]> {
  const kept = days === 0 ? 'kept for ever' : `kept for ${days} days`;
  const before = await admin.look(database);
  const steps: SetUpStep[] = [];
  if (!before) {
    await admin.create(database, days);
    steps.push({ what: `database ${database}, ${kept}`, done: 'created' });
  } else if (before.keptDays === days) {
    steps.push({ what: `database ${database}, ${kept}`, done: 'there' });
  } else {
    await admin.setKept(database, days);
    steps.push({ what: `database ${database}, ${kept}`, done: 'changed' });
  }
  const after = before ?? (await admin.look(database));
  if (after?.mapped === false) {
    await admin.map(database);
    steps.push({ what: `DBRP mapping of ${database}, for InfluxQL`, done: 'created' });
  }
  return steps;
}
