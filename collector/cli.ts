import { text } from 'node:stream/consumers';
import { systemClock } from '#platform/clock.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { GatewaySites } from './cli/gateway-sites.ts';
import { run } from './cli/run.ts';

/** A second Ctrl-C this long after the first one is meant: the user will not wait for ports to be closed. */
const IMPATIENT_MS = 1000;

const clock = systemClock();
const abort = new AbortController();
let stoppedAt: number | null = null;
const stop = (): void => {
  if (stoppedAt !== null && clock.mono() - stoppedAt > IMPATIENT_MS) process.exit(EXIT.failure);
  stoppedAt ??= clock.mono();
  abort.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// The command was killed: nobody is left to read what comes.
process.on('disconnect', stop);
// `meterway … | head`: who reads has had enough.
process.stdout.on('error', stop);

const { stdout, stderr, stdin } = process;
if (process.send === undefined) {
  stderr.write('cannot run: start it as npx meterway\n');
  process.exit(EXIT.usage);
}
const code = await run(
  {
    terminal: {
      out: (lines) => void stdout.write(`${lines}\n`),
      note: (lines) => void stderr.write(`${lines}\n`),
      redraw: (line) => void stderr.write(`\r\u001b[K${line}`),
      isLive: stderr.isTTY === true,
      columns: stderr.columns ?? 80,
    },
    clock,
    sites: new GatewaySites({
      send: (message) => void process.send?.(message),
      onMessage: (listener) => void process.on('message', listener),
    }),
    signal: abort.signal,
    stdin: async () => (stdin.isTTY ? null : text(stdin)),
  },
  process.argv.slice(2),
);
process.off('disconnect', stop);
process.exitCode = code;
if (process.connected) process.disconnect();
