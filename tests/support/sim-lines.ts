import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../simulators/clock/sim-clock.ts';
import { buildDistrict, type DistrictPlan } from '../../simulators/district/build.ts';
import { type Endpoint, siteFileText } from '../../simulators/district/site-file.ts';
import { startLines } from '../../simulators/lines/start-lines.ts';
import { World } from '../../simulators/world/world.ts';

/** A simulated district on the air, without a collector. */
export interface SimLines {
  readonly world: World;
  /** Where each line is: `host` and `port`, `path` of a serial port, or the `dialInPort` that a terminal calls. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Site file of the district. */
  readonly siteText: string;
  close(): Promise<void>;
}

export interface SimLinesOptions {
  /** Called before anything is on the air: the place to set faults. */
  readonly prepare?: ((world: World) => void) | undefined;
  /** Time in the field at the start, UTC ms; the machine's if left out. */
  readonly now?: number | undefined;
  /** Port that terminals call which dial in; a free one if left out. Listen on it before or after. */
  readonly dialInPort?: number | undefined;
}

/** Puts a district on the air: lines of any kind, `buildDistrict` says what there is on them. */
export async function startSimLines(district: DistrictPlan, options: SimLinesOptions = {}): Promise<SimLines> {
  const { prepare, now, dialInPort } = options;
  const ptyFolder = mkdtempSync(join(tmpdir(), 'meterway-lines-'));
  const world = new World(buildDistrict(district));
  prepare?.(world);
  const clock = systemClock(now === undefined ? 0 : now - Date.now());
  const called = dialInPort === undefined ? {} : { dialInPort };
  const lines = await startLines({ world, clock, ports: {}, ptyFolder, ...called });
  return {
    world,
    endpoints: lines.endpoints,
    siteText: siteFileText(world.spec, lines.endpoints),
    close: async () => {
      await lines.close();
      rmSync(ptyFolder, { recursive: true, force: true });
    },
  };
}
