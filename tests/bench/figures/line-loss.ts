import { performance } from 'node:perf_hooks';
import type { Account, Area, Installation, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { type DayColumns, emptyDay } from '#domain/collection/day-columns.ts';
import { CLASS_CODES } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { AreaDays } from '../../../gateway/figures/area-days.ts';
import type { KeptDays } from '../../../gateway/figures/follower.ts';
import { machine, median, plain, printTable, spread } from '../kit/figures.ts';

/**
 * One day of line loss for 5,000 areas with 1,000,000 meters from the kept columns, against a bare loop that takes the
 * differences of the same columns and adds them up by area, and knows of no installation, ratio or missing register.
 */
const AREAS = 5000;
const METERS_PER_AREA = 200;
const METERS = AREAS * METERS_PER_AREA;
const RUNS = 5;
const DAY_MS = 86_400_000;
const FROM = Date.UTC(2026, 10, 18, 16);

function registry(): Registry {
  const areas: Area[] = Array.from({ length: AREAS }, (_, a) => ({
    ...{ id: `A${a}`, name: `A${a}`, feeder: `F${a % 100}`, kva: 400 },
  }));
  const meters = Array.from({ length: METERS }, (_, row) => meter(row));
  const accounts = meters.filter(({ role }) => role === 'customer').map(({ id }, i) => account(id, i));
  const installations: Installation[] = meters.map(({ id, role }) => ({
    ...{ meter: id, account: role === 'supply' ? null : id, from: 0, to: null, startWh: null, endWh: null },
  }));
  const feeders = Array.from({ length: 100 }, (_, f) => ({ id: `F${f}`, name: `F${f}`, district: 'D' }));
  const lists = { districts: [{ id: 'D', name: 'D' }], feeders, areas, collectors: [], lines: [] };
  return { name: 'bench', timeZone: 'Asia/Shanghai', ...lists, accounts, meters, installations, tasks: DEFAULT_TASKS };
}

/** The first meter of each area is its supply meter. */
function meter(row: number): Meter {
  const id = String(row).padStart(12, '0');
  const supply = row % METERS_PER_AREA === 0;
  return {
    ...{ id, no: id, line: 'L', address: id, area: `A${Math.floor(row / METERS_PER_AREA)}`, phase: null },
    ...{ model: supply ? 'dlt645-3ph' : 'dlt645-1ph', role: supply ? 'supply' : 'customer' },
    ...{ ct: supply ? 80 : 1, pt: 1, collectedFrom: 0 },
  };
}

/** One customer of each area generates. */
function account(no: string, i: number): Account {
  const category = i % (METERS_PER_AREA - 1) === 0 ? 'generator' : 'resident';
  return { no, name: '', address: '', category, priority: 'normal', status: 'active' };
}

function columns(date: string, slot: number, growth: number): DayColumns {
  const day = emptyDay('freeze-day', date, slot, METERS);
  day.class.fill(CLASS_CODES.due);
  for (let row = 0; row < METERS; row++) {
    day.importWh[row] = 1_000_000 + row + growth * (row % METERS_PER_AREA === 0 ? 40 : 7000 + (row % 3000));
    day.exportWh[row] = row % METERS_PER_AREA === 1 ? growth * 3000 : 0;
  }
  return day;
}

function bareSum(start: DayColumns, end: DayColumns, areaOfRow: Uint32Array): Float64Array {
  const sums = new Float64Array(AREAS);
  for (let row = 0; row < METERS; row++) {
    const area = areaOfRow[row] ?? 0;
    sums[area] = (sums[area] ?? 0) + (end.importWh[row] ?? 0) - (start.importWh[row] ?? 0);
  }
  return sums;
}

console.log(machine());
const index = new RegistryIndex(registry());
const start = columns('2026-11-19', FROM, 0);
const end = columns('2026-11-20', FROM + DAY_MS, 1);
const areaOfRow = Uint32Array.from({ length: METERS }, (_, row) => Math.floor(row / METERS_PER_AREA));
const meters = index.registry.meters.map(({ id }) => id);
const rows = new Map(meters.map((id, row) => [id, row]));
const days: KeptDays = {
  registry: index,
  meters,
  rowOf: (meter) => rows.get(meter),
  of: async (_task, date) => [start, end].find((day) => day.date === date) ?? null,
};
const all = new Set(meters.keys());

const bare: number[] = [];
const whole: number[] = [];
const cpu: number[] = [];
let told = 0;
const follower = new AreaDays();
const begun = performance.now();
await follower.follow([{ task: 'freeze-day', date: '2026-11-20', rows: new Set([0]) }], days);
const first = performance.now() - begun;
for (let run = 0; run < RUNS; run++) {
  const from = performance.now();
  bareSum(start, end, areaOfRow);
  const between = performance.now();
  const before = process.cpuUsage();
  const { areaDays = [] } = await follower.follow([{ task: 'freeze-day', date: '2026-11-20', rows: all }], days);
  told = areaDays.filter(({ content }) => content['why'] === null).length;
  bare.push(between - from);
  whole.push(performance.now() - between);
  const { user, system } = process.cpuUsage(before);
  cpu.push((user + system) / 1000);
}
const small: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const rowsOfOne = new Set(Array.from({ length: 500 }, (_, i) => run * 500 + i));
  const from = performance.now();
  await follower.follow([{ task: 'freeze-day', date: '2026-11-20', rows: rowsOfOne }], days);
  small.push(performance.now() - from);
}
printTable(
  ['one day of 5,000 areas, 1,000,000 meters', 'ms', 'against the bare sum'],
  [
    ['bare sum over the columns', spread(bare, 1), '1'],
    ['area days', spread(whole, 1), plain(median(whole) / median(bare), 1)],
    ['the same, CPU', spread(cpu, 1), plain(median(cpu) / median(bare), 1)],
    ['first call: members of all areas', plain(first, 1), ''],
    ['500 rows of 3 areas in one step', spread(small, 2), ''],
  ],
);
console.log(`${plain(told)} of ${plain(AREAS)} areas with a loss`);
