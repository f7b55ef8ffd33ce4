import { modelsWith } from '#contract/models.ts';
import type { LineProtocol } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../lines/exchange.ts';
import { modbusProfilesWith } from '../profiles/modbus-catalogue.ts';
import { lineReader } from '../protocols/line-reader.ts';
import type { MeterReader } from '../protocols/meter-reader.ts';
import { MissingMemory } from '../protocols/missing.ts';

interface ReaderParts {
  readonly protocol: LineProtocol;
  readonly exchanger: Exchanger;
  readonly clock: Clock;
  readonly zone: string;
  /** Models that the site brings itself. */
  readonly profiles?: readonly MeterProfile[] | undefined;
}

/** A request that got lost is sent once more; a meter that refuses is not pressed. */
const TRIES = 2;

/** How often one request of a command may be sent. */
export function triesFor(reason: Reason): number {
  return reason === 'device_error' ? 1 : TRIES;
}

/** The reader of a line's meters, as the collector has it, with nothing known of them. */
export function readerFor({ profiles, ...parts }: ReaderParts): MeterReader {
  const modelOf = modelsWith(profiles);
  const profileOf = modbusProfilesWith(profiles);
  return lineReader({ ...parts, tries: triesFor, missing: new MissingMemory(), modelOf, profileOf });
}
