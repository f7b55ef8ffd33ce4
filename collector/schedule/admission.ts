import type { MeterModel } from '#contract/models.ts';
import type { Plan } from '#contract/plan.ts';
import type { ModbusProfile } from '../profiles/modbus-profile.ts';
import { countMeters, describeLoad, type LineLoad, type LoadInput, leastDelayMs, lineLoad } from './line-load.ts';

/** What is known of the models in a plan, its own among them. */
export interface Catalogue {
  readonly modelOf: (id: string) => MeterModel | undefined;
  readonly profileOf: (id: string) => ModbusProfile | undefined;
}

/** Replies of single meters may be shorter than those that the load is reckoned with: what is only just too much is tried. */
const REFUSED_ABOVE = 1.1;

export interface Admission {
  /** Lines that cannot keep up even if every meter answers as fast as any meter can: the plan is refused. */
  readonly refused: readonly LineLoad[];
  /** Lines that will not keep up with the usual reply times of their kind. */
  readonly crowded: readonly LineLoad[];
}

/** Whether the regular reads of each line of a plan fit into its time. */
export function admission(plan: Plan, catalogue: Catalogue): Admission {
  const byLine = Map.groupBy(plan.meters, ({ line }) => line);
  const refused: LineLoad[] = [];
  const crowded: LineLoad[] = [];
  for (const line of plan.lines) {
    const meters = countMeters(byLine.get(line.id) ?? [], null);
    const input: LoadInput = { line, meters, tasks: plan.tasks, ...catalogue };
    const least = lineLoad({ ...input, replyDelayMs: leastDelayMs(line) });
    if (least.use > REFUSED_ABOVE) {
      refused.push(least);
      continue;
    }
    const usual = lineLoad(input);
    if (!usual.fits) crowded.push(usual);
  }
  return { refused, crowded };
}

/** Lines named in one message; the first are enough to see what is wrong. */
const MOST_NAMED = 5;

/** The arithmetic of the lines that do not fit, and what would help. */
export function describeRefusal(refused: readonly LineLoad[]): string {
  const named = refused.slice(0, MOST_NAMED).map(describeLoad).join('; ');
  const more = refused.length > MOST_NAMED ? `; and ${refused.length - MOST_NAMED} lines more` : '';
  return `${named}${more}. Fewer meters on the line, a longer interval, fewer items or a higher baud rate would fit`;
}
