import { METER_MODELS, type MeterModel, modelsWith } from '#contract/models.ts';
import type { Plan, PlanLine } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { counted, table } from '#platform/cli/terminal.ts';
import { listOf, oneOf, UsageError, wholeNumber } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { modbusProfilesWith } from '../profiles/modbus-catalogue.ts';
import { countMeters, describeLoad, type LineLoad, lineLoad } from '../schedule/line-load.ts';
import type { Cli } from './context.ts';
import { endpointLine, PROTOCOLS } from './target.ts';
import { presentTask, quantitiesOf } from './wanted.ts';

/** A line that is busier than this has no time for retries and repair. */
export const CROWDED = 0.8;

export interface CapacityOptions {
  readonly site?: string;
  readonly line?: string;
  readonly meters?: string;
  readonly model?: string;
  readonly baud?: string;
  readonly protocol?: string;
  readonly every?: string;
  readonly items?: string;
  readonly task?: string;
  readonly json?: boolean;
}

/** `meterway capacity`: does a line keep up with its meters? Exit code 1 when one does not. */
export async function capacity(cli: Cli, options: CapacityOptions): Promise<number> {
  const isPlanned = options.site === undefined || options.meters !== undefined;
  const loads = isPlanned ? [await plannedLoad(cli, options)] : await siteLoads(cli, options);
  if (options.json) {
    cli.terminal.out(
      JSON.stringify(loads.map(({ load, meters }) => ({ ...load, meters, room: roomFor(load, meters) }))),
    );
  } else cli.terminal.out(loads.map(loadText).join('\n\n'));
  return loads.every(({ load }) => load.fits) ? EXIT.ok : EXIT.failure;
}

export interface Counted {
  readonly load: LineLoad;
  readonly meters: number;
}

/** Load of a line of a plan by the meters that hang on it at `now`. */
export function loadOf(plan: Plan, line: PlanLine, now: number): Counted {
  const meters = countMeters(
    plan.meters.filter((meter) => meter.line === line.id),
    now,
  );
  return {
    load: lineLoad({
      line,
      meters,
      tasks: plan.tasks,
      modelOf: modelsWith(plan.profiles),
      profileOf: modbusProfilesWith(plan.profiles),
    }),
    meters: meters.reduce((sum, { count }) => sum + count, 0),
  };
}

async function siteLoads(cli: Cli, options: CapacityOptions): Promise<Counted[]> {
  const { plans } = await cli.sites.site(options.site ?? '');
  const now = cli.clock.now();
  const all = plans.flatMap((plan) => plan.lines.map((line) => ({ plan, line })));
  if (options.line === undefined) return all.map(({ plan, line }) => loadOf(plan, line, now));
  const found = all.find(({ line }) => line.id === options.line);
  if (found) return [loadOf(found.plan, found.line, now)];
  throw new UsageError(`cannot find line ${options.line}: there are ${all.map(({ line }) => line.id).join(', ')}`);
}

/** A line that is not there yet; with a site file, of meters that the site knows and by its tasks. */
async function plannedLoad(cli: Cli, options: CapacityOptions): Promise<Counted> {
  if (options.line !== undefined) {
    throw new UsageError('cannot use --line: it names a line of a --site file, without --meters');
  }
  if (options.meters === undefined) {
    throw new UsageError('cannot reckon: --meters N is missing, or --site with a site file');
  }
  const meters = wholeNumber('--meters', options.meters, 1, 100_000);
  const site = options.site === undefined ? undefined : await cli.sites.site(options.site);
  const own = site?.profiles ?? [];
  const model = modelOf(options, own);
  const protocol = oneOf('--protocol', options.protocol ?? usualProtocol(model), PROTOCOLS);
  const isTcp = protocol === 'modbus-tcp' || options.baud === undefined;
  if (protocol === 'modbus-tcp' && options.baud !== undefined) {
    throw new UsageError('cannot use --baud with modbus-tcp: it has none');
  }
  // Reckoned only, never opened.
  const place = isTcp ? { tcp: 'line:1' } : { serial: 'line', baud: options.baud ?? '' };
  const line = { ...endpointLine(place, protocol, await cli.sites.defaults()), id: 'as planned' };
  const tasks = tasksOf(options, site?.plans[0]?.tasks ?? DEFAULT_TASKS);
  const lookUp = { modelOf: modelsWith(own), profileOf: modbusProfilesWith(own) };
  return { load: lineLoad({ line, meters: [{ model: model.id, count: meters }], tasks, ...lookUp }), meters };
}

function modelOf({ model: id, protocol }: CapacityOptions, own: readonly MeterProfile[]): MeterModel {
  const known = [...METER_MODELS, ...own].map((model) => model.id).join(', ');
  if (id !== undefined) {
    const model = modelsWith(own)(id);
    if (model) return model;
    throw new UsageError(`cannot find model ${id}: there are ${known}`);
  }
  const family = protocol?.startsWith('modbus') ? 'modbus' : (protocol ?? 'dlt645');
  const usual = METER_MODELS.find((model) => model.protocol === family);
  if (usual) return usual;
  throw new UsageError(`cannot reckon: --model is missing; there are ${known}`);
}

function usualProtocol({ protocol }: MeterModel): string {
  return protocol === 'modbus' ? 'modbus-rtu' : protocol;
}

/** Whom a task is for is not known of meters that are not there yet: one that is not for all is reckoned when it is named. */
function tasksOf({ task: names, items, every }: CapacityOptions, tasks: readonly Task[]): Task[] {
  const wanted = items === undefined ? undefined : quantitiesOf(items);
  const everyS = every === undefined ? undefined : secondsOf(every);
  if (names === undefined && wanted !== undefined) {
    return [{ ...presentTask(wanted), calendar: { everyS: everyS ?? 900 } }];
  }
  const ids = names === undefined ? undefined : listOf('--task', names);
  const known = tasks.map(({ id }) => id);
  const unknown = ids?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new UsageError(`cannot find task ${unknown}: there are ${known.join(', ')}`);
  return tasks
    .filter((task) => ids?.includes(task.id) ?? task.for === undefined)
    .map(({ for: _some, ...task }) => ({
      ...task,
      ...(wanted ? { items: wanted } : {}),
      // Freezes are daily and monthly by nature.
      ...(everyS !== undefined && 'everyS' in task.calendar ? { calendar: { everyS } } : {}),
    }));
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds of `15m`, `30s`, `1h`, `1d`. Throws UsageError. */
function secondsOf(text: string): number {
  const [, number, unit = 's'] = /^(\d{1,6})\s*(s|m|min|h|d)?$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (seconds >= 1 && seconds <= 86_400) return seconds;
  throw new UsageError(`cannot use --every ${text}: from 1s to 1d is wanted, such as 15m`);
}

/** How many meters of the same mix the line has time for; null when none is read on it. */
function roomFor(load: LineLoad, meters: number): number | null {
  return load.use > 0 ? Math.floor(meters / load.use) : null;
}

/** The arithmetic of one line: each task of each model, then what they come to. */
export function loadText({ load, meters }: Counted): string {
  const rows = load.shares.map(
    ({ task, model, meters: count, requestsPerRead, bytesPerRead, msPerRead, everyS, s }) => [
      task,
      model,
      `${count} ×`,
      counted(requestsPerRead, 'request'),
      `${bytesPerRead} bytes`,
      `${Math.round(msPerRead)} ms`,
      `every ${everyS} s`,
      `= ${s.toFixed(2)} s`,
      `${((100 * s) / load.periodS).toFixed(1)} %`,
    ],
  );
  const room = roomFor(load, meters);
  const verdict = load.fits
    ? load.use > CROWDED
      ? 'fits, with little time left for retries and repair'
      : 'fits'
    : 'DOES NOT FIT: fewer meters, a longer interval, fewer items or a higher baud rate';
  return [
    describeLoad(load),
    ...(rows.length > 0 ? [table(rows, [2, 3, 4, 5, 6, 7, 8])] : []),
    `${(100 * load.use).toFixed(1)} % of the time of the line: ${verdict}`,
    ...(room === null
      ? []
      : [
          `room for ${room} meters of this mix${room === 0 ? '' : `, ${Math.floor(room * CROWDED)} with a fifth kept free`}`,
        ]),
  ].join('\n');
}
