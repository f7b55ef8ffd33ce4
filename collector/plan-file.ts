import { existsSync, readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { modelsWith } from '#contract/models.ts';
import { Plan } from '#contract/plan.ts';
import { checkModbusProfile } from '#contract/profile-check.ts';
import { isTimeZone } from '#contract/zone.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { writeFileAtomic } from '#platform/files.ts';
import type { Logger } from '#platform/logger.ts';

const schema = Compile(Plan);

/** Plan in a text. Throws a MeterwayError that says what is wrong; the plan in use then stays. */
export function parsePlan(text: string, collector: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(`not JSON: ${messageOf(cause)}`, cause);
  }
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value);
    throw refused(`${first?.instancePath || '/'} ${first?.message ?? 'does not fit the schema'}`);
  }
  if (value.collector !== collector) throw refused(`it is for collector ${value.collector}, not ${collector}`);
  if (!isTimeZone(value.timeZone)) throw refused(`no time zone is called ${value.timeZone}`);
  for (const profile of value.profiles ?? []) {
    const [fault] = checkModbusProfile(profile);
    if (fault) throw refused(`profile ${profile.id}: ${fault.path.join('.')}: ${fault.message}`);
  }
  const modelOf = modelsWith(value.profiles);
  const lines = new Set(value.lines.map((line) => line.id));
  for (const meter of value.meters) {
    if (!lines.has(meter.line)) throw refused(`meter ${meter.id} hangs on line ${meter.line}, which it does not have`);
    if (!modelOf(meter.model)) throw refused(`meter ${meter.id} is of model ${meter.model}, which is not known here`);
  }
  return value;
}

function refused(why: string, cause?: unknown): MeterwayError {
  return new MeterwayError(`cannot use the plan: ${why}`, { code: 'plan_refused', next: 'skip', cause });
}

/** The last good plan on disk, from which the collector runs without the centre. */
export class PlanFile {
  readonly #path: string;
  readonly #collector: string;

  constructor(path: string, collector: string) {
    this.#path = path;
    this.#collector = collector;
  }

  load(logger: Logger): Plan | null {
    if (!existsSync(this.#path)) return null;
    try {
      return parsePlan(readFileSync(this.#path, 'utf8'), this.#collector);
    } catch (err) {
      logger.error({ path: this.#path, err }, 'the stored plan cannot be used; waiting for the centre to send one');
      return null;
    }
  }

  save(plan: Plan): void {
    writeFileAtomic(this.#path, `${JSON.stringify(plan)}\n`);
  }
}
