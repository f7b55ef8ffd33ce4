import type { PlanLine } from '#contract/plan.ts';
import { listOf, oneOf, UsageError, wholeNumber } from '#platform/cli/usage.ts';
import type { Cli, LineDefaults } from './context.ts';
import { EVERY_ADDRESS, type Range } from './scan-addresses.ts';
import { DEFAULT_ZONE, type EndpointOptions, endpointLine, type Protocol } from './target.ts';

/** Protocols that a line can be searched for, in the order in which it is. */
export const SCANNED = [
  'dlt645',
  'dlt698',
  'dlt645-1997',
  'modbus-tcp',
  'modbus-rtu',
] as const satisfies readonly Protocol[];
export type Scanned = (typeof SCANNED)[number];

/** True for the protocols whose addresses have 12 digits. */
export function isDlt(protocol: Scanned): boolean {
  return protocol.startsWith('dlt');
}

const PARITIES = ['even', 'none', 'odd'] as const;

/** Modbus over serial line V1.02, 2.2: 1 to 247 are single devices. */
const FIRST_UNIT = 1;
const LAST_UNIT = 247;

/** Speeds and parities in use, the usual first. Modbus takes long at each, so only its three commonest are tried. */
const DLT_SETTINGS = [
  [2400, 'even'],
  [9600, 'even'],
  [4800, 'even'],
  [1200, 'even'],
  [19_200, 'even'],
  [9600, 'none'],
  [2400, 'none'],
] as const;
const MODBUS_SETTINGS = [
  [9600, 'none'],
  [9600, 'even'],
  [2400, 'none'],
] as const;

/** Time for the first byte of a reply, ms. DL/T 645-2007 gives a meter 500 ms; the way through a concentrator is longer. */
const REPLY_MS = { dlt: { serial: 700, tcp: 2000 }, modbus: { serial: 250, tcp: 500 } } as const;
/** The longest reply to a search, for which a listener stays on after the first byte. */
const REPLY_BYTES = 28;
const QUIET_MS = 40;
const BITS_PER_BYTE = 11;

export interface ScanOptions extends EndpointOptions {
  readonly site?: string;
  readonly line?: string;
  readonly protocols?: string;
  readonly bauds?: string;
  readonly parities?: string;
  readonly from?: string;
  readonly to?: string;
  readonly deep?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** One search: a protocol at one setting of the line. */
export interface Attempt {
  readonly protocol: Scanned;
  readonly line: PlanLine;
  /** Time zone of the site. */
  readonly zone: string;
  readonly range: Range;
  /** `2400 8E1`, or host and port. */
  readonly settings: string;
}

/** All searches that the options ask for, the likeliest first. Throws UsageError. */
export async function attemptsOf(cli: Cli, options: ScanOptions): Promise<Attempt[]> {
  const named = options.protocols === undefined ? undefined : listOf('--protocols', options.protocols);
  const protocols = named?.map((name) => oneOf('--protocols', name, SCANNED));
  if (options.site !== undefined) return siteAttempts(cli, options, protocols);
  if (options.line !== undefined) throw new UsageError('cannot use --line: it names a line of a --site file');
  const defaults = await cli.sites.defaults();
  if (options.serial === undefined) {
    const usual = usualOf(options).toSorted((a, b) => rank(a, options.tcp) - rank(b, options.tcp));
    return (protocols ?? usual).map((protocol) =>
      attempt(endpointLine(options, protocol, defaults), protocol, options),
    );
  }
  const serial = protocols ?? usualOf(options).filter((protocol) => protocol !== 'modbus-tcp');
  return serial.flatMap((protocol) => serialAttempts(protocol, options, defaults));
}

/** What the range of addresses leaves to search for: Modbus has units up to 247. */
function usualOf(options: ScanOptions): Scanned[] {
  const isForUnits = [options.from, options.to].every((text) => text === undefined || Number(text) <= LAST_UNIT);
  return SCANNED.filter((protocol) => isDlt(protocol) || isForUnits);
}

/** The port of Modbus TCP says what is spoken behind it. */
function rank(protocol: Scanned, tcp: string | undefined): number {
  return tcp?.endsWith(':502') && protocol === 'modbus-tcp' ? -1 : SCANNED.indexOf(protocol);
}

function serialAttempts(protocol: Scanned, options: ScanOptions, defaults: LineDefaults): Attempt[] {
  const usual: readonly (readonly [number, string])[] = isDlt(protocol) ? DLT_SETTINGS : MODBUS_SETTINGS;
  const bauds = (options.bauds ?? options.baud)
    ?.split(',')
    .map((baud) => wholeNumber('--bauds', baud.trim(), 300, 921_600));
  const parities = (options.parities ?? options.parity)
    ?.split(',')
    .map((each) => oneOf('--parities', each.trim(), PARITIES));
  const settings =
    bauds === undefined && parities === undefined
      ? usual
      : (bauds ?? unique(usual.map(([baud]) => baud))).flatMap((baud) =>
          (parities ?? unique(usual.map(([, parity]) => parity))).map((parity) => [baud, parity] as const),
        );
  return settings.map(([baud, parity]) =>
    attempt(endpointLine({ ...options, baud: String(baud), parity }, protocol, defaults), protocol, options),
  );
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

async function siteAttempts(
  cli: Cli,
  options: ScanOptions,
  protocols: readonly Scanned[] | undefined,
): Promise<Attempt[]> {
  const { plans } = await cli.sites.site(options.site ?? '');
  const lines = plans.flatMap((plan) => plan.lines);
  const line =
    options.line === undefined && lines.length === 1 ? lines[0] : lines.find(({ id }) => id === options.line);
  if (line === undefined) {
    const what =
      options.line === undefined ? 'tell which line is meant: --line is missing' : `find line ${options.line}`;
    throw new UsageError(`cannot ${what}; there are ${lines.map(({ id }) => id).join(', ')}`);
  }
  const bus: Scanned[] = usualOf(options).filter((protocol) => isDlt(protocol));
  const spoken = line.protocol.startsWith('dlt') ? bus : SCANNED.filter((protocol) => protocol === line.protocol);
  return (protocols ?? spoken).map((protocol) => attempt(line, protocol, options, plans[0]?.timeZone));
}

function attempt(line: PlanLine, protocol: Scanned, options: ScanOptions, zone = DEFAULT_ZONE): Attempt {
  const isModbus = !isDlt(protocol);
  const isSerial = 'serial' in line.link;
  const serial = 'serial' in line.link ? line.link.serial : null;
  const least = REPLY_MS[isModbus ? 'modbus' : 'dlt'][isSerial ? 'serial' : 'tcp'];
  const wireMs = serial === null ? 0 : (REPLY_BYTES * BITS_PER_BYTE * 1000) / serial.baudRate;
  const chosen = options.timeoutMs === undefined ? least : wholeNumber('--timeout-ms', options.timeoutMs, 20, 120_000);
  // A terminal that forwards has its own time, which the line knows.
  const replyTimeoutMs =
    line.forward && options.timeoutMs === undefined ? line.timing.replyTimeoutMs : Math.ceil(chosen + wireMs);
  const timing = { ...line.timing, replyTimeoutMs, quietMs: QUIET_MS };
  const range = rangeOf(options, isModbus);
  return { protocol, line: { ...line, timing }, zone, range, settings: settingsText(line) };
}

function settingsText({ link }: PlanLine): string {
  if ('tcp' in link) return `${link.tcp.host}:${link.tcp.port}`;
  if ('dialIn' in link) return `terminal ${link.dialIn.terminal}`;
  const { baudRate, dataBits, parity, stopBits } = link.serial;
  return `${baudRate} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`;
}

function rangeOf({ from, to }: ScanOptions, isModbus: boolean): Range {
  const whole = isModbus ? { from: FIRST_UNIT, to: LAST_UNIT } : EVERY_ADDRESS;
  const range = {
    from: from === undefined ? whole.from : decimal('--from', from, whole),
    to: to === undefined ? whole.to : decimal('--to', to, whole),
  };
  if (range.from > range.to)
    throw new UsageError(`cannot search from ${range.from} to ${range.to}: nothing lies between`);
  return range;
}

function decimal(option: string, text: string, { from, to }: Range): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`cannot use ${option} ${text}: digits are wanted`);
  return wholeNumber(option, String(Number(text)), from, to);
}
