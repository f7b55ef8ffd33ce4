import { Document, YAMLMap, YAMLSeq } from 'yaml';
import type { DistrictSpec, LineKind, LineSpec, MeterSpec, TerminalSpec } from '../world/spec.ts';

/** Where a line really is. */
export type Endpoint =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  /** The collector listens on this port. */
  | { readonly dialInPort: number };

const PHASES = ['a', 'b', 'c'] as const;

/** Every simulated meter that answers in time does so within half a second, the slow one included. */
const REPLY_TIMEOUT_MS = 800;
/** Longest usual time a meter thinks; a line whose meters think longer, such as one over carrier, is waited for longer. */
const USUAL_DELAY_MS = 60;

const PROTOCOLS: Readonly<Record<LineKind, string>> = {
  'dlt645-tcp': 'dlt645',
  'dlt645-pty': 'dlt645',
  'modbus-tcp': 'modbus-tcp',
  'modbus-rtu-pty': 'modbus-rtu',
  'dlt698-tcp': 'dlt698',
  'dlt698-pty': 'dlt698',
  'dlt698-dial-in': 'dlt698',
  'gdw376-tcp': 'dlt645',
  'gdw376-dial-in': 'dlt645',
};

/** The site file of a simulated district, as a user of the collection system would write it by hand. */
export function siteFileText(spec: DistrictSpec, endpoints: ReadonlyMap<string, Endpoint>): string {
  const document = new Document<YAMLMap>(new YAMLMap());
  document.set('site', { name: '模拟供电所 (simulated)', timeZone: 'Asia/Shanghai' });
  const table = (key: string, rows: readonly object[]): void => {
    const list = new YAMLSeq<YAMLMap>();
    list.items = rows.map((row) => document.createNode(row, { flow: true }));
    document.set(key, list);
  };
  table('districts', [{ id: 'demo', name: '清河供电所（模拟）' }]);
  table(
    'feeders',
    spec.feeders.map(({ id, name }) => ({ id, name, district: 'demo' })),
  );
  table(
    'areas',
    spec.areas.map(({ id, name, feeder, kva }) => ({ id, name, feeder, kva })),
  );
  table('collectors', [{ id: 'c1', district: 'demo' }]);
  table(
    'lines',
    spec.lines.map((line) => lineRow(line, endpoints.get(line.id))),
  );
  table('meters', spec.meters.map(meterRow));
  table('accounts', spec.accounts);
  document.commentBefore = ' A simulated district: nobody lives here. Written by the simulators at every start.';
  return document.toString({ lineWidth: 0 });
}

function lineRow(line: LineSpec, endpoint: Endpoint | undefined): object {
  if (!endpoint) throw new Error(`BUG: line ${line.id} has no endpoint`);
  const slowestMs = Math.max(REPLY_TIMEOUT_MS, line.timing.replyDelayMs[1] + REPLY_TIMEOUT_MS - USUAL_DELAY_MS);
  const timing = { timing: { replyTimeoutMs: Math.min(slowestMs, 120_000) } };
  const tail = line.concentrator === null ? timing : { concentrator: line.concentrator, ...timing };
  const head = { id: line.id, collector: 'c1', protocol: PROTOCOLS[line.kind] };
  const forward = line.kind.startsWith('gdw376-') && line.terminal ? { forward: forwardOf(line.terminal) } : {};
  if ('dialInPort' in endpoint) {
    const dialIn = { port: endpoint.dialInPort, terminal: line.terminal?.address };
    return { ...head, dialIn, ...forward, ...tail };
  }
  // A pseudo-terminal drops every byte that is read with parity.
  if ('path' in endpoint) {
    return {
      ...head,
      serial: { path: endpoint.path, baudRate: line.timing.baudRate ?? 9_600, parity: 'none' },
      ...tail,
    };
  }
  return { ...head, tcp: { host: endpoint.host, port: endpoint.port }, ...forward, ...tail };
}

function forwardOf({ address, port }: TerminalSpec): object {
  return { terminal: address, port, baudRate: 2_400, parity: 'even' };
}

function meterRow(meter: MeterSpec): object {
  return {
    id: meter.id,
    no: meter.id,
    model: meter.model,
    line: meter.line,
    address: meter.address,
    area: meter.area,
    ...(meter.branch === undefined ? {} : { branch: meter.branch }),
    ...(meter.box === undefined ? {} : { box: meter.box }),
    role: meter.role,
    ...(meter.account === null ? {} : { account: meter.account }),
    ...(meter.phase === null ? {} : { phase: PHASES[meter.phase] }),
    ...(meter.ct === 1 ? {} : { ct: meter.ct }),
    installed: '2024-01-01',
  };
}
