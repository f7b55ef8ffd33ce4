import { join } from 'node:path';
import { messageOf } from '#platform/errors.ts';
import { isLockHeld } from '#platform/sqlite/lock.ts';
import { hostForUrl } from '../../connection.ts';
import { type Check, type Finding, fault, ok, warning } from './check.ts';

const HTTP_MS = 5000;

const gateway: Check = {
  name: 'gateway',
  deadlineMs: HTTP_MS + 1000,
  late: 'fault',
  run: async ({ dataDir, settings }) => {
    const lock = join(dataDir, 'centre', 'lock');
    if (!isLockHeld(lock)) {
      return [
        fault(
          `no gateway is running on ${dataDir}`,
          'start it, or name its data folder with --data-dir; its log says why it ended',
        ),
      ];
    }
    const { gatewayMetricsPort: port, metricsHost } = settings;
    if (port === 0) return [ok('the gateway is running')];
    const url = `http://${hostForUrl(metricsHost)}:${port}/metrics`;
    return [
      ok('the gateway is running'),
      await answers(url, 'its metrics', 'look at the log of the gateway: is the port taken?'),
    ];
  },
};

const api: Check = {
  name: 'API',
  deadlineMs: 2 * HTTP_MS + 1000,
  late: 'fault',
  run: async ({ settings, ports }) => {
    const port = ports.api ?? settings.apiPort;
    if (port === 0) return [warning('the port of the API is not known', 'set METERWAY_API_PORT')];
    const base = `http://${hostForUrl(settings.apiHost)}:${port}`;
    const alive = await answers(
      `${base}/healthz`,
      'the API',
      'start it, or set METERWAY_API_HOST and METERWAY_API_PORT as it has them',
    );
    if (alive.verdict !== 'ok') return [alive];
    return [
      alive,
      await answers(`${base}/readyz`, 'the API with its stores', 'its log says which store cannot be read'),
    ];
  },
};

async function answers(url: string, who: string, remedy: string): Promise<Finding> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(HTTP_MS), redirect: 'error' });
    await reply.body?.cancel();
    return reply.ok ? ok(`${who} answers at ${url}`) : fault(`${who} answers ${reply.status} at ${url}`, remedy);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return fault(`${who} does not answer at ${url}: ${messageOf(cause) || 'no connection'}`, remedy);
  }
}

export const PROGRAM_CHECKS: readonly Check[] = [gateway, api];
