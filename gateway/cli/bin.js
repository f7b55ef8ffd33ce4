#!/usr/bin/env node
/**
 * The command `meterway`. The programs need Node 24, which npm brings along as a package; a shell may well start this
 * file with an older one. So it is plain JavaScript, and hands over to the Node of the project where it has to.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const USAGE = 2;

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  await import('../cli.ts');
} else {
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (existsSync(node)) {
    const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
    const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
    // Ctrl-C reaches the child by itself; this process only waits for it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', (error) => {
      process.stderr.write(`meterway: cannot start ${node}: ${error.message}\n`);
      process.exitCode = USAGE;
    });
    child.on('exit', (code) => {
      process.exitCode = code ?? 1;
    });
  } else {
    process.stderr.write(
      `meterway: Node ${NEEDED} is needed and this is ${process.version}; npm ci in the project folder brings it\n`,
    );
    process.exitCode = USAGE;
  }
}
