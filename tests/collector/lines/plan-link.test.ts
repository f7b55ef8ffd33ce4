import { expect, it } from 'vitest';
import type { PlanLine } from '#contract/plan.ts';
import { DialInLink } from '../../../collector/lines/dial-in-link.ts';
import { DialIns } from '../../../collector/lines/dial-in-listeners.ts';
import { ForwardLink } from '../../../collector/lines/forward-link.ts';
import type { Link } from '../../../collector/lines/link.ts';
import { linkOf } from '../../../collector/lines/plan-link.ts';
import { SerialLink } from '../../../collector/lines/serial-link.ts';
import { TcpLink } from '../../../collector/lines/tcp-link.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const timing = { replyTimeoutMs: 25_000, byteGapMs: 500, pauseMs: 0, quietMs: 200 };
const forward = { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' } as const;

function linkFor(line: Pick<PlanLine, 'link' | 'forward'>): Link {
  const clock = new ManualClock(0);
  const logger = quietLogger();
  return linkOf({ ...line, timing }, clock, new DialIns({ clock, logger, zone: () => 'Asia/Shanghai' }), logger);
}

it('a line with an endpoint gets a TCP link to it, not yet open', () => {
  const link = linkFor({ link: { tcp: { host: '10.0.0.5', port: 8000 } } });
  expect(link).toBeInstanceOf(TcpLink);
  expect(link).toMatchObject({ name: 'tcp 10.0.0.5:8000', isOpen: false, bitRate: null });
});

it('a line on a serial bus gets its port with the settings of the plan, not yet open', () => {
  const serial = { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } as const;
  const link = linkFor({ link: { serial } });
  expect(link).toBeInstanceOf(SerialLink);
  expect(link).toMatchObject({ name: 'serial /dev/ttyUSB0 2400 8E1', isOpen: false, bitRate: 2400 });
});

it('a line whose terminal dials in gets a link that waits for it', () => {
  const link = linkFor({ link: { dialIn: { port: 9001, terminal: '110000000001' } } });
  expect(link).toBeInstanceOf(DialInLink);
  expect(link).toMatchObject({ name: 'dial-in 110000000001 on port 9001', isOpen: false, bitRate: null });
});

it.each([
  [{ tcp: { host: '10.0.0.5', port: 8000 } }, 'tcp 10.0.0.5:8000'],
  [{ dialIn: { port: 9001, terminal: '02001234' } }, 'dial-in 02001234 on port 9001'],
])('meters behind a port of a terminal are reached through it: %j', (endpoint, name) => {
  const link = linkFor({ link: endpoint, forward });
  expect(link).toBeInstanceOf(ForwardLink);
  expect(link).toMatchObject({ name: `${name}, port 31 of terminal 02001234`, isOpen: false, bitRate: null });
});
