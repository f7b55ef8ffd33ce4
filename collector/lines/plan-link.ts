import type { PlanLine } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Link } from './link.ts';
import { SerialLink } from './serial-link.ts';
import { TcpLink } from './tcp-link.ts';

/** The link that a line of the plan asks for, not yet open. */
export function linkOf({ link }: Pick<PlanLine, 'link'>, clock: Clock): Link {
  if ('serial' in link) return new SerialLink(link.serial, clock);
  if ('tcp' in link) return new TcpLink(link.tcp, clock);
  throw new Error('BUG: dial-in lines have no link yet');
}
