import { statfs } from 'node:fs/promises';
import type { Metrics } from './metrics.ts';

/** Size and room of the file system that holds `folder`, which must exist; room as a user without privileges has it. */
export function observeDisk(metrics: Metrics, folder: string): void {
  const size = metrics.gauge('disk_size_bytes', 'Size of the file system that holds the data folder');
  const free = metrics.gauge('disk_free_bytes', 'Bytes free on the file system that holds the data folder');
  metrics.onScrape(async () => {
    // Where there are no figures nobody may take the old ones for new, nor none for a full disk.
    const found = await statfs(folder).catch(() => null);
    size.set(found ? found.blocks * found.bsize : Number.NaN);
    free.set(found ? found.bavail * found.bsize : Number.NaN);
  });
}
