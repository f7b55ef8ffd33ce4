import { join } from 'node:path';
import { systemClock } from './clock/sim-clock.ts';
import { startControlServer } from './control/http-server.ts';
import { type Log, logTo } from './control/log.ts';
import { type Options, parseOptions, USAGE, UsageError } from './control/options.ts';
import { type DistrictState, namedFault, readState, writeWhole } from './control/state-file.ts';
import { openWorld, type Scenario, type ScenarioName, scenarioOf } from './district/scenario.ts';
import { siteFileText } from './district/site-file.ts';
import { startLines } from './lines/start-lines.ts';
import type { World } from './world/world.ts';

/** Codes that the other programs of the project end with, too. */
const EXIT = { ok: 0, failure: 1, usage: 2 } as const;
type Stop = () => Promise<void>;

/** The district of the state, or a new one; both as the options want it. Throws UsageError where they contradict. */
function wantedScenario(options: Options, state: DistrictState | undefined, nowMs: number): Scenario {
  if (state && options.seed !== undefined && options.seed !== state.seed) {
    throw new UsageError(`--seed ${options.seed}: the district in ${options.stateDir} has the seed ${state.seed}`);
  }
  if (state && options.anchorMs !== undefined && options.anchorMs !== state.anchorMs) {
    throw new UsageError(`--anchor: the district in ${options.stateDir} has another one`);
  }
  const had = state && (state.scenario ?? 'default');
  if (had && options.scenario !== undefined && options.scenario !== had) {
    throw new UsageError(`--scenario ${options.scenario}: the district in ${options.stateDir} is the ${had} one`);
  }
  const seed = state?.seed ?? options.seed ?? 1;
  const name = had ?? options.scenario ?? 'default';
  const scenario = scenarioOf(name, { seed, anchorMs: state?.anchorMs ?? options.anchorMs ?? nowMs });
  return state ? { ...scenario, faults: state.faults } : scenario;
}

async function start(options: Options, log: Log): Promise<Stop> {
  const clock = systemClock(options.clockOffsetMs);
  const statePath = join(options.stateDir, 'district.json');
  const state = readState(statePath);
  const name = state ? state.scenario : options.scenario;
  const scenario = wantedScenario(options, state, Math.floor(clock.now() / 1000) * 1000);
  const world = openWorld(scenario);
  const lines = await startLines({
    world,
    clock,
    ports: state?.ports ?? {},
    ptyFolder: join(options.stateDir, 'ports'),
  });
  const save = (): void => writeWhole(statePath, stateText(name, scenario, world, lines.ports));
  save();
  world.faults.onChange(({ fault }) => {
    save();
    log('info', 'fault switched', { ...namedFault(fault).fault, fault: fault.id });
  });
  const control = await startControlServer({
    world,
    anchorMs: scenario.anchorMs,
    now: clock.now,
    port: options.controlPort,
  });
  writeWhole(options.siteFile, siteFileText(world.spec, lines.endpoints));
  log('info', 'ready', {
    siteFile: options.siteFile,
    controlPort: control.port,
    meters: world.meters.length,
    lines: Object.fromEntries(lines.endpoints),
    anchor: scenario.anchorMs,
  });
  return async () => {
    await Promise.all([control.close(), lines.close()]);
  };
}

function stateText(
  name: ScenarioName | undefined,
  { spec, anchorMs }: Scenario,
  world: World,
  ports: Readonly<Record<string, number>>,
): string {
  const faults = world.faults.list().map(namedFault);
  const state: DistrictState = { v: 1, ...(name ? { scenario: name } : {}), seed: spec.seed, anchorMs, ports, faults };
  return `${JSON.stringify(state, undefined, 1)}\n`;
}

// Whoever read our output may be gone before us; that is no reason to end in disorder.
process.stdout.on('error', () => {});
const log = logTo((line) => process.stdout.write(line), Date.now);
let stop: Stop = async () => {};
const end = (why: string): void => {
  log('info', 'stopping', { why });
  void stop().finally(() => process.exit(EXIT.ok));
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
if (process.send) process.once('disconnect', () => end('the supervisor is gone'));

try {
  stop = await start(parseOptions(process.argv.slice(2)), log);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) process.stderr.write(`simulators: ${message}\n${USAGE}`);
  else log('error', `cannot start: ${message}${cause}`);
  process.exit(error instanceof UsageError ? EXIT.usage : EXIT.failure);
}
