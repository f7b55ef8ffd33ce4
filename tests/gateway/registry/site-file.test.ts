import { describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/errors.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);

const SMALL = `
site: { name: One meter }
areas: [{ id: A1, name: Area 1, kva: 400 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
meters:
  - { id: "370100000001", model: dlt645-1ph, line: L1, area: A1 }
`;

function problemsOf(text: string): { line: number | null; path: string; message: string }[] {
  try {
    parseSite('site.yaml', text, NOW);
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
  return [];
}

function messages(text: string): string[] {
  return problemsOf(text).map((problem) => `${problem.line} ${problem.path}: ${problem.message}`);
}

describe('a site file', () => {
  it('of one meter needs no districts, feeders, collectors or tasks', () => {
    const registry = parseSite('site.yaml', SMALL, NOW);
    expect(registry.timeZone).toBe('Asia/Shanghai');
    expect(registry.collectors).toEqual([{ id: 'collector', district: 'district' }]);
    expect(registry.lines[0]?.link).toEqual({
      serial: { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 },
    });
    expect(registry.meters[0]).toMatchObject({
      no: '370100000001',
      address: '370100000001',
      ct: 1,
      collectedFrom: NOW,
    });
    expect(registry.tasks.map((task) => task.id)).toEqual(['freeze-day', 'profile', 'instant', 'event']);
  });

  it('becomes a plan whose version follows its content', () => {
    const registry = parseSite('site.yaml', SMALL, NOW);
    const [collector] = registry.collectors;
    if (!collector) throw new Error('no collector');
    const plan = planFor(registry, collector);
    expect(plan.meters).toHaveLength(1);
    expect(planFor(parseSite('site.yaml', SMALL, NOW), collector).version).toBe(plan.version);
    expect(planFor(parseSite('site.yaml', SMALL.replace('ttyUSB0', 'ttyUSB1'), NOW), collector).version).not.toBe(
      plan.version,
    );
  });

  it('that breaks the schema names every place with its line and what would be right', () => {
    const text = SMALL.replace('kva: 400', 'kva: big')
      .replace('protocol: dlt645', 'protocol: dlms')
      .replace('area: A1 }', 'area: A1, colour: red }');
    expect(messages(text)).toEqual([
      '3 areas[0].kva: must be a number above 0 and of at most 100000',
      '5 lines[0].protocol: must be one of dlt645, dlt698, modbus-rtu, modbus-tcp',
      '7 meters[0].colour: no such key',
    ]);
  });

  it('that is not YAML says where it breaks', () => {
    expect(messages('site: { name: x\nareas: [')[0]).toMatch(/^\d+ : /);
  });

  it('with dangling references, doubles and misfits names each of them', () => {
    const text = `
site: { name: Many, timeZone: Asia/Peking }
areas: [{ id: A1, name: Area 1, kva: 400 }]
collectors: [{ id: c1 }, { id: c2 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
  - { id: L2, collector: c1, protocol: modbus-tcp, tcp: { host: 10.0.0.1, port: 502 } }
  - { id: L3, collector: c1, protocol: modbus-tcp, tcp: { host: 10.0.0.1, port: 502 } }
  - { id: L4, collector: c1, protocol: modbus-rtu }
meters:
  - { id: "1", model: dlt645-1ph, line: L1, area: A1 }
  - { id: "1", model: dlt645-1ph, line: L9, area: A9 }
  - { id: m3, model: sdm120, line: L2, address: "248", area: A1 }
  - { id: m4, model: dlt645-3ph, line: L2, address: "7", area: A1, account: "999" }
  - { id: m5, model: sdm999, line: L2, address: "7", area: A1, installed: 2026-02-30 }
  - { id: "999999999999", model: dlt645-1ph, line: L1, area: A1 }
tasks:
  - { id: p, kind: profile, calendar: { everyS: 7 }, items: [], delayS: 0, backfillDays: 0, repairDays: 0, toleranceS: 60, retryAt: [], firstPassUntil: "02:00" }
`;
    expect(messages(text)).toEqual([
      '2 site.timeZone: no time zone is called Asia/Peking; Asia/Shanghai is one',
      '12 meters[1].id: is taken already by meters[0]',
      '6 lines[0]: collector is missing; the site has 2 of them',
      '12 meters[1].line: no line is called L9; there are L1, L2, L3, L4',
      '12 meters[1].area: no area is called A9; there are A1',
      '14 meters[3].account: no account of this file has this number',
      '8 lines[2]: 10.0.0.1:502 belongs to line L2 already; all meters behind one endpoint are one line',
      '9 lines[3]: L4 must have exactly one of serial, tcp and dialIn',
      '13 meters[2].address: 248 is no address on line L2: a Modbus unit id is a number from 1 to 247',
      '14 meters[3].model: dlt645-3ph speaks dlt645, but line L2 is modbus-tcp',
      '15 meters[4].model: no model is called sdm999; there are sdm120, sdm630, ddsu666, dtsu666, ddsy1352, adl400, dtsd1352, iem3155, …',
      '15 meters[4].address: address 7 on line L2 belongs to meter m4 already',
      '15 meters[4].installed: 2026-02-30 is no calendar date',
      '16 meters[5].address: 999999999999 is no address on line L1: it is the broadcast address, which no meter has',
      '18 tasks[0].calendar.everyS: 7 s do not divide a day into equal parts',
      '18 tasks[0].items: at least one quantity is needed',
    ]);
  });

  it('refuses the id under which reads on demand travel', () => {
    const withId = (id: string): string[] =>
      messages(`${SMALL}tasks:
  - { id: ${id}, kind: instant, calendar: { everyS: 900 }, items: [energy_import_wh], delayS: 0, backfillDays: 0, repairDays: 0, toleranceS: 60, retryAt: [], firstPassUntil: "02:00" }
`);
    expect(withId('on-demand')).toEqual([
      '9 tasks[0].id: on-demand is reserved for reads on demand; any other id will do',
    ]);
    expect(withId('on-demand-2')).toEqual([]);
  });

  it('refuses a delay that outlasts the repair of the last slot of a day', () => {
    const withTask = (kind: string, calendar: string, delayS: number, repairDays: number): string[] =>
      messages(`${SMALL}tasks:
  - { id: t, kind: ${kind}, calendar: { ${calendar} }, items: [energy_import_wh], delayS: ${delayS}, backfillDays: 0, repairDays: ${repairDays}, toleranceS: 60, retryAt: [], firstPassUntil: "02:00" }
`);
    const refusal = (roomS: number): string =>
      `9 tasks[0].delayS: the repair of the day's last slot ends ${roomS} s after it: delayS must be less`;
    expect(withTask('profile', 'everyS: 900', 899, 0)).toEqual([]);
    expect(withTask('profile', 'everyS: 900', 900, 0)).toEqual([refusal(900)]);
    expect(withTask('profile', 'everyS: 7200', 3600, 0)).toEqual([refusal(3600)]);
    expect(withTask('profile', 'everyS: 900', 3600, 1)).toEqual([]);
    expect(withTask('freeze-day', 'every: day', 82_799, 0)).toEqual([]);
    expect(withTask('freeze-day', 'every: day', 82_800, 0)).toEqual([refusal(82_800)]);
    expect(withTask('instant', 'everyS: 900', 3600, 0)).toEqual([]);
  });
});
