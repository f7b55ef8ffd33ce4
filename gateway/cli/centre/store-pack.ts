import { EXIT } from '#platform/lifecycle.ts';
import type { Logger } from '#platform/logger.ts';
import { upkeepOnce } from '../../upkeep/upkeep-once.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

/** `meterway store pack`: packs and drops now what the gateway would within the hour; it must be stopped. */
export async function storePack(centre: Centre, options: CommonOptions): Promise<number> {
  const { terminal } = centre;
  const settings = settingsFor(centre, options);
  const tell = (_fields: unknown, message?: string): void => {
    if (message !== undefined) terminal.note(message);
  };
  const quiet = (): void => {};
  const logger: Logger = { trace: quiet, debug: quiet, info: quiet, warn: tell, error: tell, fatal: tell };
  const report = await upkeepOnce(settings, { clock: centre.clock(settings.clockOffsetMs), logger });
  const code = report.failed.length === 0 ? EXIT.ok : EXIT.failure;
  if (options.json) {
    terminal.out(JSON.stringify(report));
    return code;
  }
  const lines = [
    ...report.packed.map(({ month, rows, bytes }) => `${month}: packed ${rows} rows into ${bytes} bytes`),
    ...report.dropped.map((what) => `${what}: dropped, older than it is kept`),
    ...report.failed.map(({ month, why }) => `${month}: failed: ${why}`),
  ];
  terminal.out(lines.length > 0 ? lines.join('\n') : 'nothing to pack or to drop');
  return code;
}
