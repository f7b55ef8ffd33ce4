import { METER_MODELS, type MeterProtocol, modelsWith } from '#contract/models.ts';
import type { LineProtocol, Plan, PlanLine, PlanMeter, SerialLink } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { isTimeZone } from '#contract/zone.ts';
import { oneOf, UsageError, wholeNumber } from '#platform/cli/usage.ts';
import type { Cli, LineDefaults, Site } from './context.ts';

/** What `--protocol` may name. */
export const PROTOCOLS = ['dlt645', 'dlt645-1997', 'dlt698', 'modbus-rtu', 'modbus-tcp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const LINE_OF: Readonly<Record<Protocol, LineProtocol>> = {
  dlt645: 'dlt645',
  'dlt645-1997': 'dlt645',
  dlt698: 'dlt698',
  'modbus-rtu': 'modbus-rtu',
  'modbus-tcp': 'modbus-tcp',
};
const METER_OF: Readonly<Record<Protocol, MeterProtocol>> = {
  dlt645: 'dlt645',
  'dlt645-1997': 'dlt645-1997',
  dlt698: 'dlt698',
  'modbus-rtu': 'modbus',
  'modbus-tcp': 'modbus',
};

export const DEFAULT_ZONE = 'Asia/Shanghai';
const PARITIES = ['none', 'even', 'odd'] as const;
/** Meters without `--model` are read as this one: what a meter does not have is left out. */
const USUAL_MODEL: Readonly<Partial<Record<MeterProtocol, string>>> = { dlt645: 'dlt645-3ph' };

/** Options by which a command finds a line. */
export interface EndpointOptions {
  readonly tcp?: string;
  readonly serial?: string;
  readonly baud?: string;
  readonly parity?: string;
  readonly stopBits?: string;
  readonly timeoutMs?: string;
}

export interface TargetOptions extends EndpointOptions {
  readonly site?: string;
  readonly meter?: string;
  readonly protocol?: string;
  readonly address?: string;
  readonly model?: string;
  readonly zone?: string;
}

/** One meter and how it is reached. */
export interface Target {
  readonly line: PlanLine;
  readonly meter: PlanMeter;
  readonly protocol: Protocol;
  readonly zone: string;
  readonly tasks: readonly Task[];
  /** Models that the site brings itself. */
  readonly profiles?: readonly MeterProfile[] | undefined;
}

/** The meter that the options name, from a site file or from the command line alone. Throws UsageError. */
export async function targetOf(cli: Cli, options: TargetOptions): Promise<Target> {
  if (options.site !== undefined) return siteTarget(await cli.sites.site(options.site), options);
  if (options.meter !== undefined) throw new UsageError('cannot use --meter: it names a meter of a --site file');
  const { protocol: named, address } = options;
  if (named === undefined) throw new UsageError(`cannot read: --protocol is missing (${PROTOCOLS.join(', ')})`);
  const protocol = oneOf('--protocol', named, PROTOCOLS);
  if (address === undefined) throw new UsageError('cannot read: --address is missing; meterway scan finds addresses');
  const model = modelFor(protocol, options.model);
  const line = endpointLine(options, protocol, await cli.sites.defaults());
  const zone = options.zone ?? DEFAULT_ZONE;
  if (!isTimeZone(zone)) throw new UsageError(`cannot use --zone ${zone}: Asia/Shanghai is one`);
  checkAddress(protocol, address);
  const meter = { id: address, line: line.id, address, model, installedAt: 0, removedAt: null, collectedFrom: 0 };
  return { line, meter, protocol, zone, tasks: DEFAULT_TASKS };
}

function siteTarget(site: Site, options: TargetOptions): Target {
  const wanted = options.meter;
  if (wanted === undefined) throw new UsageError('cannot read: --meter is missing: id, number or address of the meter');
  const all = site.plans.flatMap((plan) => plan.meters.map((meter) => ({ plan, meter })));
  const byId = all.filter(({ meter }) => meter.id === wanted);
  const found = byId.length > 0 ? byId : all.filter(({ meter }) => isCalled(site, meter, wanted));
  const [first] = found;
  if (first === undefined) throw new UsageError(`cannot find meter ${wanted} in the site file${near(all, wanted)}`);
  if (found.length > 1) {
    throw new UsageError(`cannot tell which meter is meant by ${wanted}: ${found.map((f) => f.meter.id).join(', ')}`);
  }
  const { plan, meter } = first;
  const line = timed(lineOf(plan, meter.line), options.timeoutMs);
  const protocol = modelsWith(plan.profiles)(meter.model)?.protocol ?? 'dlt645';
  const spoken = protocol !== 'modbus' ? protocol : line.protocol === 'modbus-tcp' ? 'modbus-tcp' : 'modbus-rtu';
  return { line, meter, protocol: spoken, zone: plan.timeZone, tasks: plan.tasks, profiles: plan.profiles };
}

function isCalled(site: Site, meter: PlanMeter, name: string): boolean {
  return site.numbers[meter.id] === name || meter.address === name;
}

function near(all: readonly { readonly meter: PlanMeter }[], wanted: string): string {
  const close = all.map(({ meter }) => meter.id).filter((id) => id.endsWith(wanted) || wanted.endsWith(id));
  const some = close.length > 0 ? close : all.map(({ meter }) => meter.id);
  return `; there are ${some.slice(0, 5).join(', ')}${some.length > 5 ? ', …' : ''}`;
}

/** A line of a plan by its id. Throws UsageError. */
function lineOf(plan: Plan, id: string): PlanLine {
  const line = plan.lines.find((each) => each.id === id);
  if (line) return line;
  throw new UsageError(`cannot find line ${id}: there are ${plan.lines.map((each) => each.id).join(', ')}`);
}

function modelFor(protocol: Protocol, named: string | undefined): string {
  const wanted = METER_OF[protocol];
  const models = METER_MODELS.filter((model) => model.protocol === wanted);
  const usual = named ?? USUAL_MODEL[wanted] ?? (wanted === 'modbus' ? '' : models[0]?.id) ?? '';
  if (named !== undefined && !models.some(({ id }) => id === named)) {
    throw new UsageError(
      `cannot use --model ${named} with ${protocol}: ${models.map(({ id }) => id).join(', ')} are known`,
    );
  }
  return usual;
}

function checkAddress(protocol: Protocol, address: string): void {
  if (protocol.startsWith('modbus')) wholeNumber('--address', address, 1, 247);
  else if (!/^[0-9]{1,12}$/.test(address)) {
    throw new UsageError(`cannot use --address ${address}: up to 12 digits are wanted`);
  } else if (/^9{12}$/.test(address)) {
    throw new UsageError('cannot use --address 999999999999: it is the broadcast address, which no meter answers');
  }
}

/** The line that `--tcp` or `--serial` names. Throws UsageError. */
export function endpointLine(options: EndpointOptions, protocol: Protocol, defaults: LineDefaults): PlanLine {
  const { tcp, serial } = options;
  if ((tcp === undefined) === (serial === undefined)) {
    throw new UsageError('cannot reach the line: exactly one of --tcp host:port, --serial path and --site is wanted');
  }
  const spoken = LINE_OF[protocol];
  if (serial !== undefined && spoken === 'modbus-tcp') {
    throw new UsageError('cannot use --protocol modbus-tcp with --serial: modbus-rtu runs over serial ports');
  }
  const link =
    serial === undefined
      ? { tcp: tcpEndpoint(tcp ?? '') }
      : { serial: serialSettings(serial, options, defaults.serial[spoken]) };
  const timing = defaults.timing[spoken][serial === undefined ? 'tcp' : 'serial'];
  return timed({ id: 'line', protocol: spoken, link, concentrator: null, timing }, options.timeoutMs);
}

function timed(line: PlanLine, timeoutMs: string | undefined): PlanLine {
  if (timeoutMs === undefined) return line;
  const replyTimeoutMs = wholeNumber('--timeout-ms', timeoutMs, 20, 120_000);
  return { ...line, timing: { ...line.timing, replyTimeoutMs } };
}

/** `host:port`, `[::1]:502`. Throws UsageError. */
function tcpEndpoint(text: string): { host: string; port: number } {
  const [, v6, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? plain;
  if (host === undefined || port === undefined) {
    throw new UsageError(`cannot use --tcp ${text}: host:port is wanted, such as 192.168.1.20:7001`);
  }
  return { host, port: wholeNumber('the port of --tcp', port, 1, 65_535) };
}

function serialSettings(path: string, options: EndpointOptions, usual: Omit<SerialLink, 'path'>): SerialLink {
  const { baud, parity, stopBits } = options;
  return {
    ...usual,
    path,
    ...(baud === undefined ? {} : { baudRate: wholeNumber('--baud', baud, 300, 921_600) }),
    ...(parity === undefined ? {} : { parity: oneOf('--parity', parity, PARITIES) }),
    ...(stopBits === undefined ? {} : { stopBits: wholeNumber('--stop-bits', stopBits, 1, 2) === 1 ? 1 : 2 }),
  };
}
