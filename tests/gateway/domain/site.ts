import type { Account, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { instantOf } from '#contract/zone.ts';

export const ZONE = 'Asia/Shanghai';
export const DAY_MS = 86_400_000;

/** Local midnight of a date, or a time of it: `at('2026-11-20', '10:15')`. */
export function at(date: string, time = '00:00', zone = ZONE): number {
  return instantOf(zone, date, Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60);
}

export function task(id: 'freeze-day' | 'profile' | 'instant' | 'event'): Task {
  const found = DEFAULT_TASKS.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no task ${id}`);
  return found;
}

export function meter(id: string, over: Partial<Meter> = {}): Meter {
  return {
    id,
    no: id,
    model: 'dlt645-1ph',
    line: 'l1',
    address: '000000000001',
    area: 'a1',
    role: 'customer',
    phase: null,
    ct: 1,
    pt: 1,
    collectedFrom: at('2026-01-10'),
    ...over,
  };
}

export function account(no: string, over: Partial<Account> = {}): Account {
  return {
    no,
    name: '张伟',
    address: '人民路 1 号',
    category: 'resident',
    priority: 'normal',
    status: 'active',
    ...over,
  };
}

export function installation(meterId: string, over: Partial<Installation> = {}): Installation {
  return { meter: meterId, account: null, from: at('2026-01-10'), to: null, startWh: null, endWh: null, ...over };
}

export function line(id: string, over: Partial<Line> = {}): Line {
  return {
    id,
    collector: 'c1',
    protocol: 'dlt645',
    link: { tcp: { host: '127.0.0.1', port: 502 } },
    concentrator: null,
    timing: { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 },
    ...over,
  };
}

/** One district with one feeder, area, collector and line, and whatever else is given. */
export function registry(over: Partial<Registry> = {}): Registry {
  return {
    name: 'test',
    timeZone: ZONE,
    districts: [{ id: 'd1', name: '城东' }],
    feeders: [{ id: 'f1', name: '10 kV 一线', district: 'd1' }],
    areas: [{ id: 'a1', name: '一台区', feeder: 'f1', kva: 400 }],
    collectors: [{ id: 'c1', district: 'd1' }],
    lines: [line('l1')],
    accounts: [],
    meters: [],
    installations: [],
    tasks: DEFAULT_TASKS,
    ...over,
  };
}
