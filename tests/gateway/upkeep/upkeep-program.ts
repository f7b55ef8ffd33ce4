import { armFailpoint } from '#platform/failpoint.ts';
import { upkeepOver } from './upkeep-bench.ts';

/** One round of upkeep that dies at a failpoint: `upkeep-program.ts FOLDER FAILPOINT`. */
const [folder = '', failpoint = ''] = process.argv.slice(2);
armFailpoint(failpoint);
const { store, upkeep } = await upkeepOver(folder);
await upkeep.once();
await store.close();
