import type { Plan } from '#contract/plan.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { catalogueOf } from './field.ts';
import { unstableName } from './lines/port-hints.ts';
import { type PlanFile, parsePlan } from './plan-file.ts';
import { admission, describeRefusal } from './schedule/admission.ts';
import { describeLoad } from './schedule/line-load.ts';

interface PlanIntakeParts {
  readonly id: string;
  readonly planFile: PlanFile;
  readonly logger: Logger;
}

/** A plan that is not used, and why. */
export interface RefusedPlan {
  readonly version: string;
  readonly why: string;
}

/** Lines that one warning names. */
const MOST_NAMED = 20;

/** Where plans come in: what cannot be read or cannot fit is refused, and the one at work stays. */
export class PlanIntake {
  readonly #parts: PlanIntakeParts;
  #refused: RefusedPlan | null = null;

  constructor(parts: PlanIntakeParts) {
    this.#parts = parts;
  }

  /** The newest plan when it was refused. */
  get refused(): RefusedPlan | null {
    return this.#refused;
  }

  /** The plan that was at work last. */
  stored(): Plan | null {
    const { planFile, logger } = this.#parts;
    const plan = planFile.load(logger);
    if (plan) this.#warn(plan);
    return plan;
  }

  /** The plan in a message, stored for the next start; null when it is refused or is the one at work, `newest`. */
  take(text: string, newest: string | null): Plan | null {
    const { id, planFile, logger } = this.#parts;
    let plan: Plan;
    try {
      plan = parsePlan(text, id);
      if (plan.version === newest) {
        this.#refused = null;
        return null;
      }
      this.#admit(plan);
    } catch (err) {
      this.#refused = { version: versionIn(text), why: messageOf(err) };
      logger.error({ err, plan: this.#refused.version }, 'the new plan was refused; the old one stays');
      return null;
    }
    this.#refused = null;
    try {
      planFile.save(plan);
    } catch (err) {
      // Such as a full disk. The broker has it retained for the next start.
      logger.error({ err }, 'the new plan cannot be stored; it is used all the same');
    }
    return plan;
  }

  #admit(plan: Plan): void {
    const { refused } = admission(plan, catalogueOf(plan));
    if (refused.length > 0) {
      throw new MeterwayError(`cannot use the plan: ${describeRefusal(refused)}`, {
        code: 'plan_refused',
        next: 'skip',
      });
    }
    this.#warn(plan);
  }

  #warn(plan: Plan): void {
    const { logger } = this.#parts;
    const { crowded } = admission(plan, catalogueOf(plan));
    for (const load of crowded.slice(0, MOST_NAMED)) {
      logger.warn({ line: load.line, use: Math.round(100 * load.use) / 100 }, `crowded: ${describeLoad(load)}`);
    }
    for (const { id, link } of plan.lines.slice(0, MOST_NAMED)) {
      const why = 'serial' in link ? unstableName(link.serial.path) : null;
      if (why) logger.warn({ line: id }, why);
    }
  }
}

/** Version of a plan that may not even be one. */
function versionIn(text: string): string {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === 'string' ? version.slice(0, 64) : '';
  } catch {
    return '';
  }
}
