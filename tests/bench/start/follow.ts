import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Standalone } from '../../support/standalone.ts';
import type { Progress } from '../kit/progress.ts';

/** Seconds after the start of the supervisor. */
export interface StartTimes {
  /** The simulated district is there and the gateway was started. */
  readonly simulators: number;
  /** The gateway is ready, and collector and API were started. */
  readonly gateway: number;
  readonly api: number;
}

export interface FreezeTimes {
  readonly firstOfToday: number;
  readonly firstOfYesterday: number;
  readonly most: number;
  readonly all: number;
}

interface Summary {
  readonly total: {
    readonly expected: number;
    readonly answeredFirst: number;
    readonly answeredRetry: number;
    readonly answeredLate: number;
    readonly suspect: number;
    readonly open: number;
  };
}

const START_DEADLINE_MS = 60_000;
const FREEZES_DEADLINE_MS = 150_000;
const LOOK_MS = 20;
/** At most ten requests a second: half of what the API allows. */
const ASK_MS = 200;

/** A moment is seen within `everyMs` after it came. */
async function moment(
  begun: number,
  what: string,
  { everyMs, deadlineMs }: { everyMs: number; deadlineMs: number },
  isThere: () => Promise<boolean> | boolean,
): Promise<number> {
  while (!(await isThere())) {
    if (performance.now() - begun > deadlineMs) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await sleep(everyMs);
  }
  return (performance.now() - begun) / 1000;
}

/** Watches a start; `begun` is when the supervisor was started, on the clock of `performance`. */
export async function followStart(standalone: Standalone, begun: number): Promise<StartTimes> {
  const often = { everyMs: LOOK_MS, deadlineMs: START_DEADLINE_MS };
  const runs = (name: string) => (): boolean => {
    if (!standalone.program.isRunning) throw new Error(`npm start ended:\n${standalone.program.output}`);
    return standalone.pids[name] !== undefined;
  };
  return {
    simulators: await moment(begun, 'the simulated district', often, runs('gateway')),
    gateway: await moment(begun, 'the gateway', often, runs('api')),
    api: await moment(begun, 'the API', often, () => isReady(standalone)),
  };
}

async function isReady({ url }: Standalone): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Asks the API for the day freezes until all of yesterday's have a value or a reason. */
export async function followFreezes(
  standalone: Standalone,
  begun: number,
  { today, yesterday, most }: { today: string; yesterday: string; most: number },
  progress: Progress,
): Promise<FreezeTimes> {
  const seen: { -readonly [K in keyof FreezeTimes]?: number } = {};
  const note = (milestone: keyof FreezeTimes, isThere: boolean): void => {
    if (isThere) seen[milestone] ??= (performance.now() - begun) / 1000;
  };
  const ask = async (date: string): Promise<Summary['total'] | null> =>
    (await standalone.get<Summary>(`/collection/summary?date=${date}`))?.total ?? null;
  const look = async (): Promise<boolean> => {
    const ofToday = seen.firstOfToday === undefined ? await ask(today) : null;
    if (ofToday) note('firstOfToday', valuesOf(ofToday) > 0);
    const total = await ask(yesterday);
    if (!total) return false;
    const { expected, open } = total;
    const settled = expected - open;
    progress.at(`${settled} of ${expected} freezes of ${yesterday}`);
    note('firstOfYesterday', valuesOf(total) > 0);
    note('most', settled >= expected * most);
    note('all', settled === expected);
    return settled === expected;
  };
  await moment(begun, "all of yesterday's freezes", { everyMs: ASK_MS, deadlineMs: FREEZES_DEADLINE_MS }, look);
  const { firstOfToday = Number.NaN, firstOfYesterday = Number.NaN, most: mostOfThem = Number.NaN } = seen;
  return { firstOfToday, firstOfYesterday, most: mostOfThem, all: seen.all ?? Number.NaN };
}

function valuesOf({ answeredFirst, answeredRetry, answeredLate, suspect }: Summary['total']): number {
  return answeredFirst + answeredRetry + answeredLate + suspect;
}
