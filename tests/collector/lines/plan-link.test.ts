import { expect, it } from 'vitest';
import { linkOf } from '../../../collector/lines/plan-link.ts';
import { SerialLink } from '../../../collector/lines/serial-link.ts';
import { TcpLink } from '../../../collector/lines/tcp-link.ts';
import { ManualClock } from '../../support/manual-clock.ts';

it('a line with an endpoint gets a TCP link to it, not yet open', () => {
  const link = linkOf({ link: { tcp: { host: '10.0.0.5', port: 8000 } } }, new ManualClock(0));
  expect(link).toBeInstanceOf(TcpLink);
  expect(link).toMatchObject({ name: 'tcp 10.0.0.5:8000', isOpen: false, bitRate: null });
});

it('a line on a serial bus gets its port with the settings of the plan, not yet open', () => {
  const serial = { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } as const;
  const link = linkOf({ link: { serial } }, new ManualClock(0));
  expect(link).toBeInstanceOf(SerialLink);
  expect(link).toMatchObject({ name: 'serial /dev/ttyUSB0 2400 8E1', isOpen: false, bitRate: 2400 });
});
