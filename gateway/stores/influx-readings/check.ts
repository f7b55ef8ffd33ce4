import { type Clock, systemClock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { InfluxConnection } from './connection.ts';
import { failureOf } from './failure.ts';
import { adminOf } from './init.ts';
import { instant, query } from './query.ts';
import { databaseOf, type InfluxSettings, KEEPINGS, keptDays } from './settings.ts';

export interface InfluxFinding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do about it; empty when nothing is. */
  readonly remedy: string;
}

const INIT = '`meterway store init` mends it';

/**
 * Looks whether readings can be kept as the settings say: server, version, credentials, databases with their retention,
 * and one point written and read back in each, in a measurement of its own. Never rejects because of the server. What
 * cannot be looked at after a failure is left out.
 */
export async function checkInflux(settings: InfluxSettings, clock: Clock = systemClock()): Promise<InfluxFinding[]> {
  const connection = new InfluxConnection(settings, clock);
  const findings: InfluxFinding[] = [];
  try {
    findings.push(await versionFinding(connection));
    for (const keeping of KEEPINGS) {
      const database = databaseOf(settings, keeping);
      findings.push(...(await databaseFindings(connection, database, keptDays(settings, keeping))));
      findings.push(await probe(connection, database, clock));
    }
  } catch (error) {
    if (!(error instanceof MeterwayError)) throw error;
    findings.push({ ok: false, what: error.message, remedy: remedyOf(error) });
  } finally {
    connection.close();
  }
  return findings;
}

async function versionFinding(connection: InfluxConnection): Promise<InfluxFinding> {
  const answer = await connection.request({ method: 'GET', path: '/ping' });
  const told = versionOf(answer.version, answer.text);
  const wanted = connection.settings.influxVersion;
  const what = `InfluxDB at ${connection.where} answers${told === null ? '' : `, version ${told}`}`;
  if (told === null || told.replace(/^v/, '').startsWith(`${wanted}.`)) return { ok: true, what, remedy: '' };
  return { ok: false, what, remedy: `set influxVersion to its major version; it says ${wanted} now` };
}

/** 1.x and 2.x tell it in a header, 3.x in the body too. */
function versionOf(header: string | undefined, body: string): string | null {
  return header ?? /"version"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? null;
}

async function databaseFindings(
  connection: InfluxConnection,
  database: string,
  days: number,
): Promise<InfluxFinding[]> {
  const state = await adminOf(connection)
    .look(database)
    .catch((error: unknown) => {
      // A token that may only write and read must do for the gateway: the probe tells whether it does.
      if (error instanceof MeterwayError && error.code === 'store_denied') return 'hidden' as const;
      throw error;
    });
  if (state === 'hidden') return [];
  if (!state) return [{ ok: false, what: `database ${database} is missing`, remedy: INIT }];
  const kept = (count: number): string => (count === 0 ? 'for ever' : `for ${count} days`);
  const findings: InfluxFinding[] = [];
  if (state.keptDays !== null) {
    const ok = state.keptDays === days;
    const what = `database ${database} keeps readings ${kept(state.keptDays)}`;
    findings.push({ ok, what, remedy: ok ? '' : `the settings say ${kept(days)}; ${INIT}` });
  }
  if (!state.mapped) findings.push({ ok: false, what: `database ${database} has no DBRP mapping`, remedy: INIT });
  return findings;
}

async function probe(connection: InfluxConnection, database: string, clock: Clock): Promise<InfluxFinding> {
  const what = `a probe is written to ${database} and read back`;
  const at = clock.now();
  const path = connection.dialect.writePath(database);
  const body = `probe said=${at}i ${at}`;
  const written = await connection.request({ method: 'POST', path, body, contentType: 'text/plain; charset=utf-8' });
  if (written.status !== 204) throw failureOf('write a probe to', written, connection, at);
  let found = false;
  const statement = 'SELECT "said" FROM "probe" WHERE time = $at';
  await query(
    connection,
    () => at,
    { database, statement, params: { at: instant(at) } },
    ({ values }) => {
      found ||= values.some((row) => row[1] === at);
    },
  );
  return { ok: found, what, remedy: found ? '' : `it was not found; ${INIT}` };
}

function remedyOf({ code }: MeterwayError): string {
  if (code === 'store_missing') return INIT;
  if (code === 'store_unreachable') return 'check the setting influxUrl, and that the server runs and is let through';
  return 'see the message';
}
