import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { Baseline, LedgerCommit } from '#stores/state-store.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { FREEZE_TASK } from '../../support/generated-district/rows.ts';
import { Stopwatch } from '../kit/stopwatch.ts';
import { dayRows, type RowGroup } from './day-rows.ts';
import { FIRST_DAY, lookedAt, planOf } from './made-district.ts';
import { said } from './said.ts';

/** CPU of one commit of the ledger, µs a row, all threads; by run. */
export interface FeedCost {
  readonly rows: number;
  readonly without: readonly number[];
  readonly with: readonly number[];
}

const RUNS = 3;
const METERS = 100_000;

/** A step of its own process: the ledger's commit of a day with what it tells to the figures, and without. */
const [folder = '', seed = '0'] = process.argv.slice(2);
const plan = planOf({ meters: METERS, seed: Number(seed) });
const groups = [...dayRows(plan, [FIRST_DAY], lookedAt(plan, FIRST_DAY))];
const cost: { without: number[]; with: number[] } = { without: [], with: [] };
// The first run warms up.
for (let run = 0; run <= RUNS; run++) {
  for (const kind of ['without', 'with'] as const) {
    const cpuUs = await commits(kind === 'with');
    if (run > 0) cost[kind].push(cpuUs);
  }
}
said<FeedCost>({ rows: METERS, ...cost });

async function commits(isTold: boolean): Promise<number> {
  const place = mkdtempSync(join(folder, 'feed-'));
  const state = await openSqliteStateStore(join(place, 'state.sqlite'));
  const watch = new Stopwatch();
  try {
    for (const group of groups) {
      const plain = changesOf(group);
      await watch.run(group.readings[0]?.rows.length ?? 0, async () => {
        const feed = isTold ? told(group) : undefined;
        await state.ledger.commit({ ...plain, ...(feed && { feed }) });
      });
    }
    return watch.total.cpuUs;
  } finally {
    await state.close();
    rmSync(place, { recursive: true, force: true });
  }
}

function told({ readings, outcomes }: RowGroup): LedgerCommit['feed'] {
  const written = { stored: readings.length, repeated: 0, conflicts: [] };
  return toldOf([{ judged: { readings, ledger: { outcomes } }, written }], () => FREEZE_TASK);
}

/** With the newest register of every meter, which the gateway keeps there for its next look. */
function changesOf({ readings, outcomes }: RowGroup): LedgerCommit {
  const baselines = readings.flatMap(({ rows }) =>
    rows.map(({ meter, slot, values }): Baseline => ({ meter, slot, importWh: values[0] ?? 0 })),
  );
  return { outcomes, events: [], quarantine: [], baselines, marks: [] };
}
