import { join } from 'node:path';
import { EXIT } from '#platform/lifecycle.ts';
import { centreFolder } from '#stores/open-stores.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

/** `meterway store init`: what the reading store needs before the first start, made where it is missing. */
export async function storeInit(centre: Centre, options: CommonOptions): Promise<number> {
  const { terminal } = centre;
  const settings = settingsFor(centre, options);
  if (settings.readingStore === 'sqlite') {
    const folder = join(centreFolder(settings.dataDir), 'readings');
    const what = `nothing is needed: the gateway makes the files of the embedded store in ${folder}`;
    terminal.out(options.json ? JSON.stringify({ steps: [{ what, done: 'there' }] }) : what);
    return EXIT.ok;
  }
  const { initInflux } = await import('#stores/influx-readings/init.ts');
  const steps = await initInflux(settings);
  if (options.json) terminal.out(JSON.stringify({ steps }));
  else terminal.out(steps.map(({ what, done }) => `${done.padEnd(8)} ${what}`).join('\n'));
  return EXIT.ok;
}
