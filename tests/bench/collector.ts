import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import type { Claim } from './kit/claim.ts';
import { machine, plain, printTable } from './kit/figures.ts';

/** The benchmarks of the collector, in the order of the table. Each is a program of its own. */
const BENCHES = ['serial-line', 'dead-meter-steady', 'tcp-load', 'modbus-tcp', 'job', 'drain', 'collectd'] as const;

/** Runs one; resolves with what it claims, or with why it broke. */
async function run(name: string, args: readonly string[]): Promise<Claim[] | string> {
  const claims: Claim[] = [];
  const child = fork(new URL(`./${name}.ts`, import.meta.url), [...args]);
  child.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'claim' in message) claims.push(message.claim as Claim);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? claims : `${name} broke with code ${code}`;
}

const MARKS = { true: 'yes', false: 'NO', null: '' } as const;

await new Command('npm run bench:collector --')
  .description(
    'Measures the collector of this checkout on this machine and prints one table of aims. No figure decides pass or ' +
      'fail: the exit code is 1 only when a benchmark breaks.',
  )
  .option('--full', 'three cycles instead of one where a cycle takes a minute')
  .argument('[names...]', `benchmarks to run, all of them unless named: ${BENCHES.join(', ')}`)
  .action(async (names: string[], { full }: { full?: true }, command: Command) => {
    const unknown = names.filter((name) => !BENCHES.some((known) => known === name));
    if (unknown.length > 0) {
      command.error(`no benchmark is called ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`, { exitCode: 2 });
    }
    const begun = performance.now();
    const claims: Claim[] = [];
    const broken: string[] = [];
    for (const name of names.length > 0 ? names : BENCHES) {
      console.log(`== ${name}\n`);
      const found = await run(name, full ? ['--full'] : []);
      if (typeof found === 'string') broken.push(found);
      else claims.push(...found);
      console.log('');
    }
    console.log('== aims\n');
    printTable(
      ['what', 'measured', 'aim', 'met', 'baseline'],
      claims.map(({ what, measured, aim, met, baseline }) => [what, measured, aim, MARKS[`${met}`], baseline]),
    );
    console.log(`\n${machine()}\nTook ${plain((performance.now() - begun) / 1000)} s.`);
    for (const why of broken) console.log(why);
    if (broken.length > 0) process.exitCode = 1;
  })
  .parseAsync();
