import { meanEveryS } from '#contract/calendar.ts';
import { givesTask } from '#contract/due.ts';
import { type MeterModel, meterModel } from '#contract/models.ts';
import type { PlanLine, PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import { modbusProfile } from '../profiles/modbus-catalogue.ts';
import type { ModbusProfile } from '../profiles/modbus-profile.ts';
import { readCost } from '../protocols/read-cost.ts';

/** What one task asks of the meters of one model, on one line. */
export interface LoadShare {
  readonly task: string;
  readonly model: string;
  readonly meters: number;
  readonly requestsPerRead: number;
  /** Requests and replies together. */
  readonly bytesPerRead: number;
  readonly msPerRead: number;
  /** Seconds between two slots of the task, on average. */
  readonly everyS: number;
  /** Line time in each period of the load, s. */
  readonly s: number;
}

/** Time that the regular reads of a line need, against the time there is. */
export interface LineLoad {
  readonly line: string;
  /** Needed ÷ there; above 1 the line can never keep up. */
  readonly use: number;
  /** The shortest interval of the tasks, s; what follows is counted for one of them. */
  readonly periodS: number;
  readonly needsS: number;
  /** Largest first. */
  readonly shares: readonly LoadShare[];
  readonly fits: boolean;
}

/** Meters of one model. */
export interface CountedMeters {
  readonly model: string;
  readonly count: number;
  /** By the id of a task with `for`: how many of them have it. */
  readonly selected?: ReadonlyMap<string, number>;
}

export interface LoadInput {
  readonly line: Pick<PlanLine, 'id' | 'protocol' | 'link' | 'timing' | 'forward'>;
  readonly meters: readonly CountedMeters[];
  readonly tasks: readonly Task[];
  /** From the end of a request to the first byte of the reply, ms; the usual of the line's kind if left out. */
  readonly replyDelayMs?: number;
  readonly modelOf?: (id: string) => MeterModel | undefined;
  readonly profileOf?: (id: string) => ModbusProfile | undefined;
}

const DAY_S = 86_400;

/** DL/T meters begin to answer within 20 to 500 ms, most after about 100 ms; Modbus meters after about 20 ms. */
const USUAL_DELAY_MS = { dlt: 100, modbus: 20, tcp: 5, forwarded: 500 } as const;
/** No meter of the kind answers sooner: DL/T 645-2007 wants 20 ms. */
const LEAST_DELAY_MS = { dlt: 20, modbus: 1, tcp: 0, forwarded: 20 } as const;

function kindOf({ protocol, forward }: LoadInput['line']): keyof typeof USUAL_DELAY_MS {
  if (forward) return 'forwarded';
  if (protocol === 'modbus-tcp') return 'tcp';
  return protocol === 'modbus-rtu' ? 'modbus' : 'dlt';
}

/** Reply delay with which a line is refused when even that does not fit, ms. */
export function leastDelayMs(line: LoadInput['line']): number {
  return LEAST_DELAY_MS[kindOf(line)];
}

/** Time of one byte on the wire, ms; 0 where the wire is no matter of ours. */
function byteMsOf({ link, forward }: LoadInput['line']): number {
  const port = 'serial' in link ? link.serial : forward && { ...forward, dataBits: 8, stopBits: 1 };
  if (!port) return 0;
  const bits = 1 + port.dataBits + (port.parity === 'none' ? 0 : 1) + port.stopBits;
  return (1000 * bits) / port.baudRate;
}

/** How much of a line's time its regular reads take, if every meter answers. Retries and repair come on top. */
export function lineLoad(input: LoadInput): LineLoad {
  const { line, meters, modelOf = meterModel, profileOf = modbusProfile } = input;
  const tasks = input.tasks.filter((task) => meters.some((each) => haveTask(each, task) > 0) || task.for === undefined);
  const delayMs = input.replyDelayMs ?? USUAL_DELAY_MS[kindOf(line)];
  const byteMs = byteMsOf(line);
  const periodS = Math.min(DAY_S, ...tasks.map(({ calendar }) => meanEveryS(calendar)));
  const shares = meters.flatMap((each) => {
    const id = each.model;
    const model = modelOf(id);
    if (!model) return [];
    return tasks.flatMap((task): LoadShare[] => {
      const count = haveTask(each, task);
      const exchanges = count > 0 && givesTask(model, task) ? readCost(model, task, line.protocol, profileOf) : [];
      if (exchanges.length === 0) return [];
      const everyS = meanEveryS(task.calendar);
      const bytesPerRead = exchanges.reduce((sum, each) => sum + each.out + each.in, 0);
      const msPerRead = bytesPerRead * byteMs + exchanges.length * (delayMs + line.timing.pauseMs);
      const s = (count * (msPerRead / 1000) * periodS) / everyS;
      return [
        {
          task: task.id,
          model: id,
          meters: count,
          requestsPerRead: exchanges.length,
          bytesPerRead,
          msPerRead,
          everyS,
          s,
        },
      ];
    });
  });
  shares.sort((a, b) => b.s - a.s);
  const needsS = shares.reduce((sum, { s }) => sum + s, 0);
  const use = needsS / periodS;
  return { line: line.id, use, periodS, needsS, shares, fits: use <= 1 };
}

/** How many of the meters have the task. */
function haveTask({ count, selected }: CountedMeters, task: Task): number {
  return task.for === undefined ? count : (selected?.get(task.id) ?? 0);
}

/** The meters that hang on a line at `now`, UTC ms, by model; null = those that are to stay. */
export function countMeters(meters: Iterable<PlanMeter>, now: number | null): CountedMeters[] {
  const lasts = (to: number | null): boolean => to === null || (now !== null && to > now);
  const counts = new Map<string, { count: number; selected: Map<string, number> }>();
  for (const { model, removedAt, selected = [] } of meters) {
    if (!lasts(removedAt)) continue;
    const counted = counts.get(model) ?? { count: 0, selected: new Map<string, number>() };
    counted.count++;
    // One meter has a task once, whether it had it before or not.
    const tasks = new Set(selected.filter(({ to }) => lasts(to)).map(({ task }) => task));
    for (const task of tasks) counted.selected.set(task, (counted.selected.get(task) ?? 0) + 1);
    counts.set(model, counted);
  }
  return [...counts].map(([model, counted]) => ({ model, ...counted }));
}

/** `line L needs 71 s of every 60 s; the largest share is …`: the arithmetic in one sentence. */
export function describeLoad({ line, periodS, needsS, shares }: LineLoad): string {
  const needs = `line ${line} needs ${seconds(needsS)} of every ${seconds(periodS)}`;
  const [largest] = shares;
  if (!largest) return `${needs}: nothing is read on it`;
  const { task, model, meters, requestsPerRead, bytesPerRead, msPerRead, s, everyS } = largest;
  const times = everyS === periodS ? '' : `, every ${seconds(everyS)}`;
  return (
    `${needs}; the largest share is task ${task} of ${meters} ${meters === 1 ? 'meter' : 'meters'} ${model}: ` +
    `${seconds(s)} (${requestsPerRead} requests and ${bytesPerRead} bytes, ${seconds(msPerRead / 1000)} each${times})`
  );
}

function seconds(s: number): string {
  if (s >= 100) return `${Math.round(s)} s`;
  return s >= 10 ? `${s.toFixed(1)} s` : `${s.toFixed(2)} s`;
}
