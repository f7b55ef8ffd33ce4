import { modelsWith } from '#contract/models.ts';
import type { Plan, PlanLine, PlanMeter } from '#contract/plan.ts';
import { MeterwayError } from '#platform/errors.ts';
import { ReadError } from '../lines/read-error.ts';
import type { Cli, Site } from './context.ts';
import { checkDlt645, failed, type Verdict } from './meter-check.ts';
import { readerFor } from './readers.ts';
import { openWire, type Wire } from './wire.ts';

/** Lines that are opened at the same time. */
const AT_ONCE = 16;
/** Meters in a row without an answer after which a line is opened anew once. */
const LINK_LOST_RETRIES = 1;

/** What became of one line. */
export interface LineCheck {
  readonly line: string;
  readonly plan: Plan;
  /** Why the line cannot be opened, or null. */
  readonly fault: string | null;
  readonly meters: readonly { readonly meter: PlanMeter; readonly verdict: Verdict }[];
}

interface CheckParts {
  readonly cli: Cli;
  readonly site: Site;
  /** False: the links alone are opened. */
  readonly withMeters: boolean;
  readonly timeoutMs: number | null;
  readonly onStep: (what: string) => void;
}

/** Meters of a line that hang on it now. */
export function metersOn(plan: Plan, line: PlanLine, now: number): PlanMeter[] {
  return plan.meters.filter(
    (meter) =>
      meter.line === line.id && meter.installedAt <= now && (meter.removedAt === null || meter.removedAt > now),
  );
}

/** Opens every line once, several at a time, and asks its meters one after another. Never rejects for a line's sake. */
export async function checkLines(parts: CheckParts): Promise<LineCheck[]> {
  const todo = parts.site.plans.flatMap((plan) => plan.lines.map((line) => ({ plan, line })));
  const done: (LineCheck | undefined)[] = todo.map(() => undefined);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < todo.length && !parts.cli.signal.aborted; i = next++) {
      const entry = todo[i];
      if (entry) done[i] = await checkLine(parts, entry.plan, entry.line);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, todo.length) }, work));
  return done.flatMap((check) => check ?? []);
}

async function checkLine(parts: CheckParts, plan: Plan, planned: PlanLine): Promise<LineCheck> {
  const { cli, timeoutMs } = parts;
  const { clock, signal } = cli;
  const timing = timeoutMs === null ? planned.timing : { ...planned.timing, replyTimeoutMs: timeoutMs };
  const line = { ...planned, timing };
  const meters = parts.withMeters ? metersOn(plan, line, clock.now()) : [];
  const results: { meter: PlanMeter; verdict: Verdict }[] = [];
  let wire: Wire | null = null;
  let fault: string | null = null;
  let reopens = LINK_LOST_RETRIES;
  try {
    wire = await openWire({ line, clock, signal, zone: plan.timeZone });
    parts.onStep(`line ${line.id} is open`);
    for (const meter of meters) {
      if (!wire.isOpen && reopens-- > 0) wire = await openWire({ line, clock, signal, zone: plan.timeZone });
      if (!wire.isOpen) throw new MeterwayError('the line was lost', { code: 'link_closed' });
      const verdict = await checkMeter(parts, plan, line, meter, wire).catch(failed);
      results.push({ meter, verdict });
      parts.onStep(`line ${line.id}: ${meter.id}`);
    }
  } catch (error) {
    if (!(error instanceof MeterwayError)) throw error;
    fault = error.message;
  } finally {
    await wire?.close();
  }
  for (const meter of meters.slice(results.length)) {
    results.push({ meter, verdict: { kind: 'skipped', detail: 'not tried' } });
  }
  return { line: line.id, plan, fault, meters: results };
}

async function checkMeter(
  { cli, site }: CheckParts,
  plan: Plan,
  line: PlanLine,
  meter: PlanMeter,
  { exchanger }: Wire,
): Promise<Verdict> {
  const protocol = modelsWith(plan.profiles)(meter.model)?.protocol;
  if (protocol === 'dlt645') return checkDlt645(exchanger, meter.address, site.numbers[meter.id] ?? meter.id);
  const reader = readerFor({
    protocol: line.protocol,
    exchanger,
    clock: cli.clock,
    zone: plan.timeZone,
    profiles: plan.profiles,
  });
  try {
    await reader.probe(meter);
  } catch (error) {
    if (!(error instanceof ReadError && error.answered)) throw error;
    return { kind: 'other', detail: `answers, but not as a ${meter.model} does: ${error.detail}` };
  }
  return { kind: 'good', detail: 'answers' };
}
