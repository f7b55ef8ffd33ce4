import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RegistryIndex } from '#domain/registry-index.ts';
import { ConfigError, formatProblem, MeterwayError } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { openState } from '#stores/open-stores.ts';
import type { StateStore } from '#stores/state-store.ts';
import { type Centre, type CommonOptions, settingsFor } from '../centre/context.ts';
import { ANOMALY_CHECKS } from './anomalies.ts';
import { BROKER_CHECKS } from './broker.ts';
import { type Check, type Examined, type Finding, fault, findingsOf, NO_REGISTRY, ok, VERDICTS } from './check.ts';
import { COLLECTOR_CHECKS } from './collectors.ts';
import { FIGURES_CHECKS } from './figures.ts';
import { LEDGER_CHECKS } from './ledger.ts';
import { MACHINE_CHECKS } from './machine.ts';
import { PROGRAM_CHECKS } from './programs.ts';
import { QUARANTINE_CHECKS, STORE_CHECKS } from './stores.ts';

/** From this machine outwards, then what the stores say of the field. */
const CHECKS: readonly Check[] = [
  ...MACHINE_CHECKS,
  ...PROGRAM_CHECKS,
  ...BROKER_CHECKS,
  ...STORE_CHECKS,
  ...FIGURES_CHECKS,
  ...ANOMALY_CHECKS,
  ...COLLECTOR_CHECKS,
  ...LEDGER_CHECKS,
  ...QUARANTINE_CHECKS,
];

export interface Told extends Finding {
  readonly check: string;
}

/** `meterway doctor`: looks at a running installation hop by hop. */
export async function doctor(centre: Centre, options: CommonOptions): Promise<number> {
  const { terminal } = centre;
  const findings: Told[] = [];
  const tell = (check: string, found: readonly Finding[]): void => {
    const told = found.map((each) => ({ check, ...each }));
    findings.push(...told);
    if (!options.json && told.length > 0) terminal.out(told.map(lineOf).join('\n'));
  };
  const settings = settingsOrFindings(centre, options, (found) => tell('settings', found));
  if (settings) {
    const state = await openState(settings, { beside: true });
    try {
      const examined = examine(centre, settings, state);
      for (const check of CHECKS) {
        centre.signal.throwIfAborted();
        tell(check.name, await findingsOf(check, examined));
      }
    } finally {
      await closedSoon(state, centre, settings);
    }
  }
  const counts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, findings.filter((each) => each.verdict === verdict).length]),
  );
  if (options.json) terminal.out(JSON.stringify({ counts, findings }));
  else terminal.out(`${counts['ok']} ok, ${counts['warning']} warnings, ${counts['fault']} faults`);
  return counts['fault'] === 0 ? EXIT.ok : EXIT.failure;
}

function lineOf({ check, verdict, what, remedy }: Told): string {
  const head = `${verdict.padEnd(8)} ${check.padEnd(13)}`;
  return remedy === null ? `${head} ${what}` : `${head} ${what}: ${remedy}`;
}

function settingsOrFindings(
  centre: Centre,
  options: CommonOptions,
  tell: (found: readonly Finding[]) => void,
): Settings | null {
  try {
    const settings = settingsFor(centre, options);
    tell([ok('the settings can be used')]);
    return settings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(error.problems.map((problem) => fault(formatProblem(problem), 'correct it; README.md lists every setting')));
    return null;
  }
}

function examine(centre: Centre, settings: Settings, state: StateStore): Examined {
  const dataDir = resolve(settings.dataDir);
  let registry: Promise<RegistryIndex> | null = null;
  return {
    settings,
    dataDir,
    clock: centre.clock(settings.clockOffsetMs),
    space: (path) => {
      const { bavail, blocks, bsize } = statfsSync(path);
      return { free: bavail * bsize, size: blocks * bsize };
    },
    nodeVersion: process.version,
    ports: portsIn(dataDir),
    state,
    registry: () => {
      registry ??= indexOf(state);
      return registry;
    },
  };
}

async function indexOf(state: StateStore): Promise<RegistryIndex> {
  const registry = await state.registry.load();
  if (registry) return new RegistryIndex(registry);
  throw new MeterwayError('cannot look further: no registry is stored; the gateway stores it when it starts', {
    code: NO_REGISTRY,
  });
}

/** `npm start` takes free ports and writes down which. */
function portsIn(dataDir: string): Examined['ports'] {
  const path = join(dataDir, 'run.json');
  if (!existsSync(path)) return { broker: null, api: null };
  const run: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const port = (name: string): number | null => {
    const value: unknown = run !== null && typeof run === 'object' ? Reflect.get(run, name) : null;
    return typeof value === 'number' ? value : null;
  };
  return { broker: port('brokerPort'), api: port('apiPort') };
}

const CLOSE_MS = 2000;

/** A store that hangs must not hang the doctor. */
async function closedSoon(state: StateStore, centre: Centre, settings: Settings): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((done) => {
    cancel = centre.clock(settings.clockOffsetMs).after('doctor closes', CLOSE_MS, done);
  });
  await Promise.race([state.close().catch(() => {}), late]);
  cancel();
}
