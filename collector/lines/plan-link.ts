import type { PlanLine } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { DialInLink } from './dial-in-link.ts';
import type { DialIns } from './dial-in-listeners.ts';
import { ForwardLink } from './forward-link.ts';
import type { Link } from './link.ts';
import { SerialLink } from './serial-link.ts';
import { TcpLink } from './tcp-link.ts';

/** The link that a line of the plan asks for, not yet open. `dialIns` are the ports of the whole process. */
export function linkOf(
  line: Pick<PlanLine, 'link' | 'forward' | 'timing'>,
  clock: Clock,
  dialIns: DialIns,
  logger: Logger,
): Link {
  const inner = endpointOf(line, clock, dialIns);
  const { forward, timing } = line;
  return forward ? new ForwardLink({ inner, forward, timing, clock, logger }) : inner;
}

function endpointOf({ link }: Pick<PlanLine, 'link'>, clock: Clock, dialIns: DialIns): Link {
  if ('serial' in link) return new SerialLink(link.serial, clock);
  if ('tcp' in link) return new TcpLink(link.tcp, clock);
  return new DialInLink(link.dialIn, dialIns, clock);
}
