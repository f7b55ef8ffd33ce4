import { midnightOf } from '../clock/local-time.ts';
import {
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type FaultParams,
  PHASES,
  type Target,
  type TargetKind,
  WRONG_REPLIES,
} from './fault.ts';

/** A fault as people and programs write it; instants as UTC ms or RFC 3339 text. */
export interface FaultInput extends Omit<FaultParams, 'at'> {
  readonly kind: FaultKind;
  /** Exactly one of them; a branch or box is named with its area, such as `A1/B2`. */
  readonly target: Partial<Readonly<Record<TargetKind, string>>>;
  readonly from?: number | string | null;
  readonly until?: number | string | null;
  readonly at?: number | string;
}

/** A fault that cannot be set; `problems` lists everything that is wrong with it. */
export class FaultError extends Error {
  readonly problems: readonly string[];

  constructor(id: string, problems: readonly string[]) {
    super(`cannot set fault ${id}: ${problems.join('; ')}`);
    this.name = 'FaultError';
    this.problems = problems;
  }
}

interface Rule {
  readonly targets: readonly TargetKind[];
  readonly params: readonly (keyof FaultParams)[];
  readonly defaults: FaultParams;
}

const ANY: readonly TargetKind[] = ['meter', 'area', 'line'];
const GRID: readonly TargetKind[] = ['meter', 'box', 'branch', 'area', 'feeder'];
const METER: readonly TargetKind[] = ['meter'];
const LINE: readonly TargetKind[] = ['line'];

const RULES: Readonly<Record<FaultKind, Rule>> = {
  dead: { targets: ANY, params: [], defaults: {} },
  slow: { targets: ANY, params: ['delayMs'], defaults: { delayMs: 350 } },
  noise: { targets: ANY, params: ['every'], defaults: { every: 4 } },
  'wrong-reply': { targets: METER, params: ['as'], defaults: { as: 'address' } },
  'late-reply': { targets: ANY, params: ['delayMs'], defaults: { delayMs: 6_000 } },
  'concentrator-offline': { targets: LINE, params: [], defaults: {} },
  stopped: { targets: METER, params: [], defaults: {} },
  reversed: { targets: METER, params: [], defaults: {} },
  'under-counting': { targets: METER, params: ['factor'], defaults: { factor: 0.6 } },
  rollover: { targets: METER, params: ['at'], defaults: {} },
  'no-power': { targets: GRID, params: ['gasp'], defaults: {} },
  'phase-lost': { targets: GRID, params: ['phase'], defaults: {} },
  'relay-open': { targets: METER, params: [], defaults: {} },
  'breaker-open': { targets: ['meter', 'account'], params: [], defaults: {} },
  overload: { targets: ['area'], params: ['times', 'days'], defaults: { times: 8, days: 10 } },
  'wrong-clock': { targets: ANY, params: ['offsetS'], defaults: { offsetS: -93_600 } },
  'stale-freeze': { targets: ANY, params: ['dates'], defaults: {} },
  junk: { targets: ANY, params: ['bytes'], defaults: { bytes: 5 } },
  'follow-frames': { targets: ANY, params: ['most'], defaults: { most: 16 } },
  disagree: { targets: METER, params: [], defaults: {} },
  'drops-connection': { targets: LINE, params: ['every'], defaults: { every: 3 } },
  'ignores-forwards': { targets: LINE, params: [], defaults: {} },
  'double-login': { targets: LINE, params: [], defaults: {} },
  'voltage-loss': { targets: METER, params: [], defaults: {} },
  'bad-profile': { targets: ANY, params: [], defaults: {} },
  'no-load-profile': { targets: ANY, params: [], defaults: {} },
  'no-blocks': { targets: ANY, params: [], defaults: {} },
  'no-freezes': { targets: ANY, params: [], defaults: {} },
  'cover-open': { targets: METER, params: [], defaults: {} },
  magnetic: { targets: METER, params: [], defaults: {} },
};

type Check = (value: unknown) => string | undefined;

const integer =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`;

const isDates = (value: unknown): boolean =>
  Array.isArray(value) && value.every((date) => typeof date === 'string' && midnightOf(date) !== undefined);

const CHECKS: Readonly<Record<keyof FaultParams, Check>> = {
  delayMs: integer(0, 600_000),
  every: integer(1, 1_000_000),
  bytes: integer(1, 1_000),
  most: integer(8, 200),
  phase: (value) =>
    (PHASES as readonly unknown[]).includes(value) ? undefined : `must be one of ${PHASES.join(', ')}`,
  gasp: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  times: (value) =>
    typeof value === 'number' && value >= 1 && value <= 100 ? undefined : 'must be a number from 1 to 100',
  days: integer(1, 60),
  offsetS: integer(-1_000_000_000, 1_000_000_000),
  at: (value) => (instant(value) === undefined ? 'must be UTC milliseconds or an RFC 3339 instant' : undefined),
  factor: (value) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'must be a number from 0 to 1',
  as: (value) =>
    (WRONG_REPLIES as readonly unknown[]).includes(value) ? undefined : `must be one of ${WRONG_REPLIES.join(', ')}`,
  dates: (value) => (isDates(value) ? undefined : 'must be a list of YYYY-MM-DD'),
};

/** Checks what came from outside against the rules of its kind and the places that exist. Throws FaultError. */
export function parseFault(id: string, input: unknown, exists: (target: Target) => boolean): Fault {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9_.~-]{1,64}$/.test(id)) problems.push('id: must be 1 to 64 of A-Z a-z 0-9 _ . ~ -');
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new FaultError(id, [...problems, 'the body must be a JSON object']);
  }
  const body = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined));
  const kind = FAULT_KINDS.find((known) => known === body.get('kind'));
  if (!kind) throw new FaultError(id, [...problems, `kind: must be one of ${FAULT_KINDS.join(', ')}`]);
  const rule = RULES[kind];
  const target = parseTarget(body.get('target'), rule.targets, exists, problems);
  const from = parseBorder('from', body.get('from'), problems);
  const until = parseBorder('until', body.get('until'), problems);
  if (from !== null && until !== null && until <= from) problems.push('until: must be later than from');
  const params = parseParams(kind, rule, body, problems);
  if (problems.length > 0 || !target) throw new FaultError(id, problems);
  return { id, kind, target, from, until, params };
}

function parseTarget(
  value: unknown,
  allowed: readonly TargetKind[],
  exists: (target: Target) => boolean,
  problems: string[],
): Target | undefined {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [entry] = entries;
  const kind = allowed.find((known) => known === entry?.[0]);
  const id: unknown = entry?.[1];
  if (entries.length !== 1 || !kind || typeof id !== 'string') {
    problems.push(`target: must be an object with one of ${allowed.join(', ')} and its id`);
    return undefined;
  }
  if (!exists({ kind, id })) {
    problems.push(`target: there is no ${kind} ${id}`);
    return undefined;
  }
  return { kind, id };
}

function parseBorder(name: string, value: unknown, problems: string[]): number | null {
  if (value === undefined || value === null) return null;
  const ms = instant(value);
  if (ms === undefined) problems.push(`${name}: must be UTC milliseconds or an RFC 3339 instant`);
  return ms ?? null;
}

function parseParams(kind: FaultKind, rule: Rule, body: ReadonlyMap<string, unknown>, problems: string[]): FaultParams {
  const common = ['id', 'kind', 'target', 'from', 'until', 'active'];
  const given: Record<string, unknown> = { ...rule.defaults };
  for (const [name, value] of body) {
    if (common.includes(name)) continue;
    const known = rule.params.find((param) => param === name);
    const problem = known ? CHECKS[known](value) : `is not a setting of ${kind}`;
    if (problem) problems.push(`${name}: ${problem}`);
    else given[name] = name === 'at' ? instant(value) : value;
  }
  if (kind === 'rollover' && given['at'] === undefined) problems.push('at: is needed, the instant of the rollover');
  return given as FaultParams;
}

function instant(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
