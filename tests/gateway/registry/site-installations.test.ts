import { describe, expect, it } from 'vitest';
import { instantOf } from '#contract/zone.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { ConfigError } from '#platform/errors.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);
const day = (date: string): number => instantOf('Asia/Shanghai', date);

/** Meter 2 begins on line 11; each of its entries of installations has a line of its own. */
function site(changes: { meter?: string; installations?: readonly string[]; areas?: string; feeder?: string } = {}) {
  const { meter = '', installations = [], areas = '', feeder = '' } = changes;
  return `
site: { name: Over time }
feeders: [{ id: F1, name: Feeder 1${feeder} }]
areas:
  - { id: A1, name: Area 1, kva: 400${areas} }
  - { id: A2, name: Area 2, kva: 400 }
accounts: [{ no: "1001", name: Wang, address: Street 1 }, { no: "1002", name: Li, address: Street 2 }]
lines: [{ id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }]
meters:
  - { id: "1", model: dlt645-3ph, line: L1, area: A1, role: supply, maker: 威胜 }
  - id: "2"
    model: dlt645-3ph
    line: L1
    area: A1
${meter ? `    ${meter}\n` : ''}${installations.length > 0 ? `    installations:\n${installations.map((entry) => `      - ${entry}`).join('\n')}` : ''}
`;
}

function problemsOf(text: string): string[] {
  try {
    parseSite('site.yaml', text, NOW);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.line} ${p.path}: ${p.message}`);
    throw error;
  }
  return [];
}

describe('installations over time in a site file', () => {
  it('say who, where, with which ratio and from which register to which, to the Wh', () => {
    const registry = parseSite(
      'site.yaml',
      site({
        meter: 'ct: 80',
        installations: [
          '{ from: 2026-01-05, to: 2026-06-01, account: "1001", area: A2, ct: 40, startKwh: 0.007, endKwh: 123456.789 }',
          '{ from: 2026-06-01, to: 2026-07-01, area: A1, pt: 100, startWh: 123456789 }',
          '{ from: 2026-07-15, account: "1002", ct: 80 }',
        ],
      }),
      NOW,
    );
    const meter = '2';
    expect(registry.installations.slice(1)).toEqual([
      {
        meter,
        account: '1001',
        from: day('2026-01-05'),
        to: day('2026-06-01'),
        startWh: 7,
        endWh: 123_456_789,
        area: 'A2',
        ct: 40,
      },
      {
        meter,
        account: null,
        from: day('2026-06-01'),
        to: day('2026-07-01'),
        startWh: 123_456_789,
        endWh: null,
        pt: 100,
      },
      { meter, account: '1002', from: day('2026-07-15'), to: null, startWh: null, endWh: null },
    ]);
    const index = new RegistryIndex(registry);
    expect(index.ratioAt(meter, day('2026-05-31'))).toBe(40);
    expect(index.ratioAt(meter, day('2026-06-01'))).toBe(8000);
    expect(index.ratioAt(meter, day('2026-07-01'))).toBeNull();
  });

  it('give the meter the ratio of the one that still lasts, and none of one that has ended', () => {
    const ctOf = (entry: string): number | undefined =>
      parseSite('site.yaml', site({ installations: [entry] }), NOW).meters[1]?.ct;
    expect(ctOf('{ from: 2026-01-05, ct: 40 }')).toBe(40);
    expect(ctOf('{ from: 2026-01-05, to: 2026-02-01, ct: 40 }')).toBe(1);
  });

  it('that contradict themselves, the file or the meter are named each with its line and what would be right', () => {
    const text = site({
      meter: 'ct: 80',
      installations: [
        '{ from: 2026-02-30, account: "9", area: A9 }',
        '{ from: 2026-03-01, to: 2026-03-01, startWh: 5, startKwh: 5 }',
        '{ from: 2026-05-01, to: 2026-07-01, startKwh: 1.0005, endWh: 1000000000 }',
        '{ from: 2026-06-01, startWh: 200, endKwh: 0.1 }',
        '{ from: 2026-05-01, ct: 40 }',
      ],
    });
    expect(problemsOf(text)).toEqual([
      '17 meters[1].installations[0].account: no account of this file has this number',
      '17 meters[1].installations[0].area: no area is called A9',
      '17 meters[1].installations[0].from: 2026-02-30 is no calendar date',
      '18 meters[1].installations[1].to: 2026-03-01 is not after 2026-03-01; it is the first day on which the meter no longer hung there',
      '18 meters[1].installations[1].startKwh: startWh says it already; one of them is enough',
      '19 meters[1].installations[2].to: 2026-07-01 is after 2026-06-01, when the next installation begins; a meter hangs in one place',
      '19 meters[1].installations[2].startKwh: 1.0005 has more than 3 decimals; a register in kWh has up to 3',
      '19 meters[1].installations[2].endWh: 1000000000 Wh is more than dlt645-3ph can show: its register ends below 1000000000 Wh',
      '20 meters[1].installations[3]: installations stand from the oldest to the newest, but 2026-06-01 comes before 2026-05-01',
      '20 meters[1].installations[3]: to is missing: there is a register at the end',
      '20 meters[1].installations[3].endKwh: 100 Wh is below 200 Wh at the start; a register only falls where it passes its end',
      '21 meters[1].installations[4].ct: 40 is not 80, the ct of the meter, though this installation still lasts',
    ]);
  });

  it('stand instead of account, installed and removed, and only the last of them may be open', () => {
    expect(
      problemsOf(
        site({ meter: 'installed: 2026-01-01', installations: ['{ from: 2026-01-01 }', '{ from: 2026-02-01 }'] }),
      ),
    ).toEqual([
      '15 meters[1].installed: stands beside installations; say it in the entry of installations that it belongs to',
      '17 meters[1].installations[0]: to is missing: the next installation begins on 2026-02-01, so this one ends then or earlier',
    ]);
  });

  it('free the address of a meter that has been taken out, and of no other', () => {
    const twice = (end: string): string =>
      `${site({ installations: [`{ from: 2026-01-01${end} }`] })}\n  - { id: "3", model: dlt645-3ph, line: L1, area: A1, address: "2" }\n`;
    expect(problemsOf(twice(', to: 2026-06-01'))).toEqual([]);
    expect(problemsOf(twice(''))).toEqual(['18 meters[2].address: address 2 on line L1 belongs to meter 2 already']);
  });

  it('may pass the end of the register on the way', () => {
    expect(
      problemsOf(site({ installations: ['{ from: 2026-01-01, to: 2026-06-01, startKwh: 999990, endKwh: 10 }'] })),
    ).toEqual([]);
  });
});

describe('places in a site file', () => {
  it('name makers, the status of areas since a date, and meters at the head of a feeder', () => {
    const text = site({ feeder: ', supplyMeters: ["1"]', areas: ', status: stopped, statusSince: 2026-09-01' });
    const { feeders, areas, meters } = parseSite('site.yaml', text, NOW);
    expect(feeders[0]?.supplyMeters).toEqual(['1']);
    expect(areas[0]).toMatchObject({ status: 'stopped', statusSince: day('2026-09-01') });
    expect(areas[1]).toEqual({ id: 'A2', name: 'Area 2', kva: 400, feeder: 'F1' });
    expect(meters.map(({ maker }) => maker)).toEqual(['威胜', undefined]);
    expect(Object.keys(meters[1] ?? {})).not.toContain('maker');
  });

  it('that cannot be so are refused with their line', () => {
    expect(problemsOf(site({ areas: ', status: closed' }))).toEqual([
      '5 areas[0].status: must be one of running, stopped, removed',
    ]);
    expect(
      problemsOf(
        site({ feeder: ', supplyMeters: ["2", "9", "1"] }, { id: F2, name: Feeder 2, supplyMeters: ["1"]' }).replace(
          'kva: 400',
          'kva: 400, statusSince: 2026-13-01',
        ),
      ),
    ).toEqual([
      '5 areas[0]: feeder is missing; the site has 2 of them',
      '6 areas[1]: feeder is missing; the site has 2 of them',
      '5 areas[0].statusSince: 2026-13-01 is no calendar date',
      '3 feeders[0].supplyMeters[0]: meter 2 has role customer; at the head of a feeder it is supply',
      '3 feeders[0].supplyMeters[1]: no meter is called 9',
      '3 feeders[1].supplyMeters[0]: meter 1 is at the head of feeder F1 already',
    ]);
    expect(problemsOf(site({ areas: ', statusSince: 2026-09-01' }))).toEqual([
      '5 areas[0].statusSince: status is missing: one of running, stopped and removed since then',
    ]);
  });
});
