import type { Chain } from './chain.ts';
import { Program } from './standalone.ts';

/** `meterway replay` of what the collectors hold of the last days. Resolves with what it wrote. */
export async function replayLastDays(chain: Chain, days: number): Promise<string> {
  const program = new Program(['gateway/cli.ts', 'replay', '--days', String(days)], {
    METERWAY_DATA_DIR: chain.dataDir,
    METERWAY_SIMULATION: 'true',
    METERWAY_CLOCK_OFFSET_MS: String(chain.now - Date.now()),
  });
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`meterway replay ended with ${code}:\n${program.output}`);
  return program.output.trim();
}
