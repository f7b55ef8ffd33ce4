import type { PlanLine } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { SupplyListener } from '../protocols/supply-event.ts';
import { DialInLink } from './dial-in-link.ts';
import type { DialIns } from './dial-in-listeners.ts';
import { ForwardLink } from './forward-link.ts';
import type { Link } from './link.ts';
import { ReportLink } from './report-link.ts';
import { SerialLink } from './serial-link.ts';
import { TcpLink } from './tcp-link.ts';

type LinkLine = Pick<PlanLine, 'link' | 'forward' | 'timing'> & Partial<Pick<PlanLine, 'protocol'>>;

/**
 * The link that a line of the plan asks for, not yet open. `dialIns` are the ports of the whole process; `listener` hears
 * what terminals and meters tell unasked of their supply.
 */
export function linkOf(
  line: LinkLine,
  clock: Clock,
  dialIns: DialIns,
  logger: Logger,
  listener?: SupplyListener,
): Link {
  const inner = endpointOf(line, clock, dialIns);
  const { link, forward, timing, protocol } = line;
  if (forward) return new ForwardLink({ inner, forward, timing, clock, logger, listener });
  // On a serial bus nobody may speak unasked.
  if (!listener || protocol !== 'dlt698' || 'serial' in link) return inner;
  return new ReportLink({ inner, terminal: 'dialIn' in link ? link.dialIn.terminal : null, listener, clock, logger });
}

function endpointOf({ link }: LinkLine, clock: Clock, dialIns: DialIns): Link {
  if ('serial' in link) return new SerialLink(link.serial, clock);
  if ('tcp' in link) return new TcpLink(link.tcp, clock);
  return new DialInLink(link.dialIn, dialIns, clock);
}
