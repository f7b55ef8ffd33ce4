import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { observeDisk } from '#platform/disk-metrics.ts';
import { Metrics } from '#platform/metrics.ts';

async function figures(folder: string): Promise<string[]> {
  const metrics = new Metrics({ process: 'p', runtime: false });
  observeDisk(metrics, folder);
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('meterway_disk'));
}

it('size and room of the disk under a folder are shown', async () => {
  const [size = '', free = ''] = await figures(tmpdir());
  expect(size).toMatch(/^meterway_disk_size_bytes\{process="p"\} [1-9]/);
  expect(Number(free.split(' ')[1])).toBeLessThan(Number(size.split(' ')[1]));
});

it('a folder that is gone shows no figures, and does not cost the others theirs', async () => {
  expect((await figures('/nowhere/at/all')).map((line) => Number(line.split(' ')[1]))).toEqual([
    Number.NaN,
    Number.NaN,
  ]);
});
