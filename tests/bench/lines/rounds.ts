import type { LineTiming } from '#contract/plan.ts';
import type { LineTiming as MeterTiming } from '../../../simulators/world/spec.ts';
import type { Progress } from '../kit/progress.ts';
import type { SaturatedField, Seen } from './saturated-field.ts';
import type { SimLineStats } from './sim-process.ts';

/** Start, eight data bits, parity or a second stop bit, stop. */
const BITS_PER_BYTE = 11;

/** 9600 baud and meters that all think equally long, so that the least time of a round can be computed exactly. */
export const RS485 = { baudRate: 9600, replyDelayMs: [40, 40] } as const satisfies MeterTiming;

export function wireMs(bytes: number): number {
  return (bytes * BITS_PER_BYTE * 1000) / RS485.baudRate;
}

/**
 * The least time in which a line can have carried this: bytes on the wire and meters that think, nothing else. That a
 * simulated meter took longer to think than it should have is not the collector's doing.
 */
export function leastMs({ bytesIn, bytesOut, replies, lateMs }: SimLineStats): number {
  return wireMs(bytesIn + bytesOut) + replies * RS485.replyDelayMs[0] + lateMs;
}

/** What the dead meter of a read costs its line: the request, the wait for a reply, the silence after it. */
export function timeoutMs(timing: LineTiming, requestBytes: number): number {
  return wireMs(requestBytes) + timing.replyTimeoutMs + Math.max(timing.quietMs, timing.pauseMs);
}

/** Results of one line, in the order in which they came. */
export function seenOn({ plan, seen }: SaturatedField, line: string): Seen[] {
  const meters = new Set(plan.meters.filter((meter) => meter.line === line).map((meter) => meter.id));
  return seen.filter((each) => meters.has(each.meter));
}

/** How long each round took, ms, from the last reading of the round before (or `begun`) to its own last one. */
export function roundTimes(seen: readonly Seen[], rounds: number, begun: number): number[] {
  const times: number[] = [];
  let last = begun;
  for (let round = 0; round < rounds; round++) {
    const end = Math.max(last, ...seen.filter((each) => isReading(each) && each.round === round).map(({ at }) => at));
    times.push(end - last);
    last = end;
  }
  return times;
}

const isReading = ({ stream }: Seen): boolean => stream === 'reading';

/** Waits for so many readings on every line; throws when they take longer than they ever should. */
export async function untilRead(
  running: SaturatedField,
  wanted: ReadonlyMap<string, number>,
  deadlineMs: number,
  progress: Progress,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  const sum = [...wanted.values()].reduce((all, each) => all + each, 0);
  for (;;) {
    const missing = [...wanted].map(([line, count]) => count - seenOn(running, line).filter(isReading).length);
    const open = missing.reduce((all, each) => all + Math.max(0, each), 0);
    progress.at(`${sum - open} of ${sum} readings`);
    if (open === 0) return;
    if (performance.now() > end) throw new Error(`${open} of ${sum} readings did not come within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
