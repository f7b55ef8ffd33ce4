/** What a failed or lost link is called: a stable code and a text for people. */
export interface Fault {
  readonly code: string;
  readonly text: string;
}

const TCP_FAULTS: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: { code: 'link_refused', text: 'connection refused' },
  EHOSTUNREACH: { code: 'link_unreachable', text: 'host unreachable' },
  ENETUNREACH: { code: 'link_unreachable', text: 'network unreachable' },
  EHOSTDOWN: { code: 'link_unreachable', text: 'host is down' },
  ETIMEDOUT: { code: 'link_timeout', text: 'no answer from the host' },
  ENOTFOUND: { code: 'link_unknown_host', text: 'host name not found' },
  EAI_AGAIN: { code: 'link_unknown_host', text: 'host name cannot be looked up now' },
  ECONNRESET: { code: 'link_reset', text: 'connection reset' },
  EPIPE: { code: 'link_reset', text: 'connection closed by the other side' },
};

/** Fault of a socket error, by its system code. */
export function tcpFault(systemCode: string | undefined, message: string): Fault {
  return (systemCode && TCP_FAULTS[systemCode]) || { code: 'link_failed', text: message };
}

/** The serial binding gives errno texts of the C library and no codes, so the text decides; first match wins. */
const SERIAL_FAULTS: readonly (readonly [pattern: RegExp, fault: Fault])[] = [
  [/cannot lock port|resource busy|EBUSY/i, { code: 'port_locked', text: 'port is in use by another program' }],
  [/no such file|ENOENT|file not found/i, { code: 'port_missing', text: 'no such port' }],
  [/permission denied|access denied|EACCES|EPERM/i, { code: 'port_denied', text: 'no permission to use the port' }],
  [
    /no such device|ENXIO|ENODEV|bad file|EBADF/i,
    { code: 'port_unplugged', text: 'port is gone: unplugged or hung up' },
  ],
  [/input\/output error|i\/o error|EIO/i, { code: 'port_io', text: 'input/output error' }],
];

/** Fault of a serial port error, by its message. */
export function serialFault(message: string): Fault {
  for (const [pattern, fault] of SERIAL_FAULTS) if (pattern.test(message)) return fault;
  return { code: 'port_failed', text: message };
}
