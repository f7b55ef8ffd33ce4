import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { plain } from './kit/figures.ts';

/** Each benchmark is a program of its own, `<name>.ts` beside this one, with what it measures against what. */
const BENCHES: Readonly<Record<string, string>> = {
  'serial-line':
    'Time of a round over a serial line, against the least that its bytes and the thinking of its meters take.',
  'dead-meter': 'Time that dead meters take from the living ones on their line, against the same line without them.',
  'dead-meter-steady': 'Line time that dead meters cost hours later, against three attempts in each round.',
  'modbus-tcp': 'Reads a second and CPU of a whole Modbus TCP read, against a bare loop over modbus-serial.',
  'tcp-load': 'A collector process with 1,000 Modbus TCP endpoints of 100 meters: slots in time, CPU, memory.',
  job: 'Time from a read on demand to its result, against what the line itself takes.',
  drain: 'Rows a second from the spool to the centre while new ones come, against reading and deleting them.',
  collectd: 'Reads a CPU second and what a dead host costs the others, against the modbus plugin of collectd.',
  ingest: 'Rows a second from envelope bytes to committed and acknowledged, against bare inserts into the same table.',
  backlog: 'A backlog through the gateway while live rows come: memory, and how long the live rows wait.',
  influx: 'Rows a second into InfluxDB and CPU a row, against ready-made line protocol to the same server.',
  archive: 'Packing a month into Parquet, size and query times, against the month in SQLite and as CSV.',
  figures:
    'Figures of a million meters: answers of the API, billing, line loss, memory, cost of a row, against bare answers.',
  outages:
    'A storm through the outage engine, the gateway and its store: time to open incidents, answers to the hotline.',
  start: 'Time from npm start to answers, against bare node starts and the least time the lines can take.',
};
const NAMES = Object.keys(BENCHES);

/** Runs one in a process of its own; gives its exit code. */
async function run(name: string): Promise<number> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function runAll(names: readonly string[]): Promise<void> {
  const begun = performance.now();
  const broken: string[] = [];
  for (const name of names) {
    console.log(`== ${name}\n${BENCHES[name]}\n`);
    if ((await run(name)) !== 0) broken.push(name);
    console.log('');
  }
  const seconds = plain((performance.now() - begun) / 1000);
  if (broken.length === 0) {
    console.log(`Took ${seconds} s.`);
    return;
  }
  console.log(`Took ${seconds} s. Broken: ${broken.join(', ')}.`);
  process.exitCode = 1;
}

await new Command('npm run bench --')
  .description(
    'Measures this checkout on this machine and prints tables with ratios against stated baselines. No time decides ' +
      'pass or fail: the exit code is 1 only when a benchmark breaks, 2 for an unknown name.',
  )
  .argument('[names...]', 'benchmarks to run, all of them unless named')
  .addHelpText('after', `\nBenchmarks:\n${NAMES.map((name) => `  ${name.padEnd(19)}${BENCHES[name]}`).join('\n')}`)
  .exitOverride((end) => process.exit(end.exitCode === 0 ? 0 : 2))
  .action(async (names: string[], _options: unknown, command: Command) => {
    const unknown = names.filter((name) => !NAMES.includes(name));
    if (unknown.length > 0)
      command.error(`no benchmark is called ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
    await runAll(names.length > 0 ? names : NAMES);
  })
  .parseAsync();
