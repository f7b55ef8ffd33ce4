import { join, resolve } from 'node:path';
import { systemClock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { parseCommandLine } from './standalone/options.ts';
import { ensurePortFree } from './standalone/preflight.ts';
import { Supervisor } from './standalone/supervisor.ts';

async function main(): Promise<number> {
  // biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
  const environment = process.env;
  const settings = loadSettings(environment, parseCommandLine(process.argv.slice(2)));
  process.umask(0o077);
  const dataDir = resolve(settings.dataDir);
  holdLock(join(dataDir, 'supervisor.lock'), `another npm start is using the data folder ${dataDir}`);
  await ensurePortFree(settings.apiHost, settings.apiPort);
  const supervisor = new Supervisor(settings, environment, systemClock(settings.clockOffsetMs), {
    write: (text) => process.stdout.write(text),
    colour: process.stdout.isTTY && !('NO_COLOR' in environment),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      supervisor.note('info', `stopping (${signal})`);
      void supervisor.stop();
    });
  }
  return supervisor.run();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (!(error instanceof MeterwayError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(error.next === 'stop' ? EXIT.usage : EXIT.failure);
  },
);
