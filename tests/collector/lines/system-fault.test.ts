import { expect, it } from 'vitest';
import { serialFault, tcpFault } from '../../../collector/lines/system-fault.ts';

// The texts are those of the serial binding on Linux.
it.each([
  ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'port_missing'],
  ['Error: Permission denied, cannot open /dev/ttyS0', 'port_denied'],
  ['Error Resource temporarily unavailable Cannot lock port', 'port_locked'],
  ['Error: Device or resource busy, cannot open /dev/ttyS0', 'port_locked'],
  ['Error: Input/output error setting custom baud rate of 9600', 'port_io'],
  ['EIO: i/o error, read', 'port_io'],
  ['bad file descriptor', 'port_unplugged'],
  ['ENXIO: no such device or address, write', 'port_unplugged'],
  ['Error: No such device, cannot open /dev/ttyUSB0', 'port_unplugged'],
  ['Error: Inappropriate ioctl for device setting custom baud rate of 9600', 'port_failed'],
])('the serial error "%s" is %s', (message, code) => {
  expect(serialFault(message).code).toBe(code);
});

it.each([
  ['ECONNREFUSED', 'link_refused'],
  ['EHOSTUNREACH', 'link_unreachable'],
  ['ENETUNREACH', 'link_unreachable'],
  ['ETIMEDOUT', 'link_timeout'],
  ['ENOTFOUND', 'link_unknown_host'],
  ['ECONNRESET', 'link_reset'],
  ['EWHATEVER', 'link_failed'],
  [undefined, 'link_failed'],
])('the socket error %s is %s', (systemCode, code) => {
  expect(tcpFault(systemCode, 'what Node said').code).toBe(code);
});
