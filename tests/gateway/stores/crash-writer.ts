import { writeSync } from 'node:fs';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { ledgerOf, readingsOf } from './crash-samples.ts';

/** Child process of the crash tests: writes step after step and names each one when it is acknowledged. */
const [kind, path, first] = process.argv.slice(2);
if (!path) throw new Error('usage: crash-writer.ts readings|state PATH FIRST');

async function writer(file: string): Promise<(n: number) => Promise<unknown>> {
  if (kind === 'readings') {
    const store = await openSqliteReadingStore(file);
    return (n) => store.write([readingsOf(n)]);
  }
  const store = await openSqliteStateStore(file);
  return (n) => store.ledger.commit(ledgerOf(n));
}

const write = await writer(path);
for (let n = Number(first); ; n++) {
  await write(n);
  writeSync(1, `${n}\n`);
}
