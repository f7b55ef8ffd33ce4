import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LinkSplitter } from '../../../simulators/dlt698/frame.ts';
import { Dlt698Station } from '../../../simulators/dlt698/station.ts';
import type { Registers } from '../../../simulators/world/registers.ts';
import { World } from '../../../simulators/world/world.ts';
import { bytes, parse698, request698, Values } from '../support/read698.ts';
import { at, DAY, ID, MIDNIGHT, MINUTE, NOW, oneLine, PV, strike, THREE_PHASE } from '../support/small-world.ts';

type Ask = (request: Uint8Array) => Uint8Array | undefined;
function askOf(world: World, now = NOW): Ask {
  const station = new Dlt698Station(world.metersOn('L1'));
  return (sent) => {
    const [found] = new LinkSplitter().push(sent);
    return found && station.answer(found.frame, now)?.encode(null);
  };
}
const world = oneLine('dlt698-tcp', 24);
const ask = askOf(world);

/** The answering APDU, pieces put together. */
function apduOf(one: Ask, id: string, apdu: string): readonly number[] {
  const answered = (sent: Uint8Array) => parse698(one(sent) ?? new Uint8Array());
  let link = answered(request698(id, bytes(apdu)));
  if (!(link.control & 0x20)) return link.apdu;
  const whole: number[] = [];
  for (;;) {
    const [low = 0, high = 0, ...piece] = link.apdu;
    whole.push(...piece);
    if (high >> 6 === 1) return whole;
    link = answered(request698(id, [low, 0x80 | (high & 0x0f)], 0x63));
  }
}
function get(oad: string, id = ID, one = ask): unknown {
  const apdu = apduOf(one, id, `05 01 07 ${oad} 00`);
  expect(Buffer.from(apdu.slice(0, 7)).toString('hex')).toBe(`850107${oad.toLowerCase()}`);
  if (apdu[7] === 0) return `DAR ${apdu[8]}`;
  const values = new Values(apdu, 8);
  const value = values.next();
  expect(values.rest).toBe('0000');
  return value;
}
/** Rows of a record, one list a row. */
function record(one: Ask, id: string, oad: string, selection: string, columns: readonly string[]): unknown {
  const named = `${String(columns.length).padStart(2, '0')}${columns.map((column) => `00${column}`).join('')}`;
  const apdu = apduOf(one, id, `05 03 01 ${oad} ${selection} ${named} 00`);
  const start = 3 + 4 + named.length / 2;
  expect(Buffer.from(apdu.slice(3, start)).toString('hex')).toBe(`${oad}${named}`.toLowerCase());
  if (apdu[start] === 0) return `DAR ${apdu[start + 1]}`;
  const values = new Values(apdu, start + 2);
  const rows = Array.from({ length: apdu[start + 1] ?? 0 }, () => columns.map(() => values.next()));
  expect(values.rest).toBe('0000');
  return rows;
}
const time = (text: string): string => {
  const [date = '', clock = ''] = text.split('T');
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const parts = [year >> 8, year & 255, month, day, ...clock.split(':').map(Number)];
  return `1c${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
};
const quad = ({ total, a, b, c }: Registers['powersW']) => [total, a, b, c].filter((value) => value !== null);
const rates = (of: Pick<Registers, 'importWh' | 't1Wh' | 't2Wh' | 't3Wh' | 't4Wh'>) =>
  [of.importWh, of.t1Wh, of.t2Wh, of.t3Wh, of.t4Wh].map((wh) => (wh ?? 0) / 10);
const scaled = (values: readonly (number | null)[], perUnit: number) =>
  values.filter((value) => value !== null).map((value) => Math.round(value * perUnit));

describe('a DL/T 698.45 meter asked for present values', () => {
  it.each([ID, THREE_PHASE, PV])('gives what the oracle has: %s', (id) => {
    const now = world.meter(id).registers(NOW);
    expect(get('00100200', id)).toEqual(rates(now));
    expect(get('00100201', id)).toBe(now.importWh / 10);
    expect(get('00200200', id)).toEqual([now.exportWh, ...(now.exportRatesWh ?? [])].map((wh) => wh / 10));
    expect(get('00000201', id)).toBe((now.importWh + now.exportWh) / 10);
    expect(get('00300201', id)).toBe(now.reactiveImportVarh / 10);
    expect(get('20000200', id)).toEqual(scaled(now.voltagesV, 10));
    expect(get('20010200', id)).toEqual(scaled(now.currentsA, 1000));
    expect(get('20040200', id)).toEqual(scaled(quad(now.powersW), 10));
    expect(get('20050200', id)).toEqual(scaled(quad(now.reactivePowersVar), 10));
    expect(get('20060200', id)).toEqual(scaled(quad(now.apparentPowersVa), 10));
    expect(get('200A0200', id)).toEqual(scaled(quad(now.powerFactors), 1000));
    expect(get('200F0200', id)).toBe(Math.round(now.frequencyHz * 100));
  });

  it('gives energies with four decimals, of which the usual two are the beginning', () => {
    const [total = 0] = get('00100400') as number[];
    expect(Math.floor(total / 100)).toBe(get('00100201'));
  });

  it('tells its clock, address, rated voltage and status words', () => {
    expect(get('40000200')).toBe('2026-11-20T10:20:30');
    expect(get('40010200')).toBe(ID);
    expect(get('41040200')).toBe('220V');
    const w = oneLine('dlt698-tcp', 1);
    strike(w, { kind: 'relay-open', target: { meter: ID } });
    // Bits 4 and 6 of word 3, the lowest bit of a byte first.
    expect(get('20140203', ID, askOf(w))).toBe('0a00');
  });

  it('answers a list in its order, and DAR 06 for what it has not', () => {
    const apdu = apduOf(ask, ID, '05 02 03 03 20000201 0FFF0200 200F0200 00');
    const now = world.meter(ID).registers(NOW);
    const volts = Math.round(now.voltagesV[0] * 10);
    const hertz = Math.round(now.frequencyHz * 100);
    const word = (value: number) => value.toString(16).padStart(4, '0');
    expect(Buffer.from(apdu).toString('hex')).toBe(
      `850203032000020101 12${word(volts)} 0fff02000006 200f020001 12${word(hertz)} 0000`.replaceAll(' ', ''),
    );
    expect(get('00110201')).toBe('DAR 6');
    expect(get('20000202')).toBe('DAR 6');
  });
});

describe('a DL/T 698.45 meter asked for records', () => {
  it('gives the day freeze by its date, and the n-th last', () => {
    const columns = ['20210200', '00100200', '00200201'];
    const freeze = world.meter(PV).dayFreeze(MIDNIGHT - DAY);
    if (!freeze) throw new Error('no freeze');
    const row = ['2026-11-19T00:00:00', rates(freeze), freeze.exportWh / 10];
    expect(record(ask, PV, '50040200', `01 20210200 ${time('2026-11-19T00:00:00')}`, columns)).toEqual([row]);
    expect(record(ask, PV, '50040200', '09 02', columns)).toEqual([row]);
    expect(record(ask, PV, '50040200', `01 20210200 ${time('2026-11-19T01:00:00')}`, columns)).toEqual([]);
    expect(record(ask, PV, '50040200', '09 3F', columns)).toEqual([]);
  });

  it('gives a range without its end, in steps that are asked for', () => {
    const range = `02 20210200 ${time('2026-11-20T08:00:00')} ${time('2026-11-20T10:00:00')} 54 01 001E`;
    const rows = record(ask, ID, '50020200', range, ['20210200', '00100201', '20000201']) as [string, number, number][];
    expect(rows.map(([stamp]) => stamp.slice(11, 16))).toEqual(['08:00', '08:30', '09:00', '09:30']);
    const held = world.meter(ID).loadProfile(at('2026-11-20T09:30:00'));
    expect(rows[3]?.slice(1)).toEqual([(held?.importWh ?? 0) / 10, Math.round((held?.voltagesV[0] ?? 0) * 10)]);
  });

  it('gives the month freeze of the first of the month', () => {
    const rows = record(ask, ID, '50060200', '09 01', ['20210200', '00100201']);
    expect(rows).toEqual([['2026-11-01T00:00:00', world.meter(ID).registers(at('2026-11-01T00:00:00')).importWh / 10]]);
  });

  it('tells an interruption, an open one without an end, and an opened cover', () => {
    const w = oneLine('dlt698-tcp', 2);
    const [a, b] = [at('2026-11-01T03:02:17'), at('2026-11-01T04:02:04')];
    strike(w, { kind: 'no-power', target: { meter: ID }, from: a, until: b });
    strike(w, { kind: 'cover-open', target: { meter: ID }, from: a, until: b }, 'f2');
    const columns = ['201E0200', '20200200'];
    const row = ['2026-11-01T03:02:17', '2026-11-01T04:02:04'];
    expect(record(askOf(w), ID, '30110200', '09 01', columns)).toEqual([row]);
    expect(record(askOf(w), ID, '301B0200', '09 01', columns)).toEqual([row]);
    expect(record(askOf(w, a + MINUTE), ID, '301B0200', '09 01', columns)).toEqual([[row[0], null]]);
    expect(record(askOf(w), ID, '302A0200', '09 01', columns)).toEqual([]);
  });

  it('has no table that its model lacks, and knows only its own columns', () => {
    const w = oneLine('dlt698-tcp', 2, undefined, { noFreezes: true, noLoadProfile: true });
    expect(record(askOf(w), ID, '50040200', '09 01', ['20210200'])).toBe('DAR 6');
    expect(record(askOf(w), ID, '50020200', '09 01', ['20210200'])).toBe('DAR 6');
    expect(record(ask, ID, '50040200', '09 01', ['20210200', '20000200'])).toEqual([['2026-11-20T00:00:00', null]]);
    expect(record(ask, ID, '50040200', `01 20220200 ${time('2026-11-20T00:00:00')}`, ['20210200'])).toBe('DAR 3');
  });

  it('gives profile values that do not parse where a fault says so', () => {
    const w = oneLine('dlt698-tcp', 2);
    strike(w, { kind: 'bad-profile', target: { meter: ID } });
    expect(() => record(askOf(w), ID, '50020200', '09 01', ['20210200', '00100201'])).toThrow('no type 127');
  });
});

describe('a DL/T 698.45 meter and its frames', () => {
  it('splits a long answer into pieces that are confirmed one by one, and repeats one that is confirmed again', () => {
    const w = oneLine('dlt698-tcp', 2);
    strike(w, { kind: 'follow-frames', target: { meter: ID }, most: 10 });
    const one = askOf(w);
    expect(get('00100200', ID, one)).toEqual(rates(w.meter(ID).registers(NOW)));
    const first = parse698(one(request698(ID, bytes('0501000010020000'))) ?? new Uint8Array());
    expect([first.control, first.apdu.length, ...first.apdu.slice(0, 2)]).toEqual([0xe3, 12, 0, 0]);
    const confirm = request698(ID, [0, 0x80], 0x63);
    const second = parse698(one(confirm) ?? new Uint8Array());
    expect(second.apdu.slice(0, 2)).toEqual([1, 0xc0]);
    expect(parse698(one(confirm) ?? new Uint8Array())).toEqual(second);
    const last = parse698(one(request698(ID, [2, 0x80], 0x63)) ?? new Uint8Array());
    expect(last.apdu[1]).toBe(0x40);
    expect(one(request698(ID, [3, 0x80], 0x63))).toBeUndefined();
  });

  it('answers an open address with its own when it alone is meant, and is talked over otherwise', () => {
    const alone = askOf(oneLine('dlt698-tcp', 0));
    const apdu = bytes('0501004001020000');
    expect(parse698(alone(request698('aaaaaaaaaaaa', apdu, 0x43, 1)) ?? new Uint8Array()).address).toBe('310001900001');
    expect(parse698(ask(request698('aaaaaaaa0003', apdu, 0x43, 1)) ?? new Uint8Array()).address).toBe('310001000003');
    const heard = ask(request698('aaaaaaaaaaaa', apdu, 0x43, 1)) ?? new Uint8Array();
    expect(() => parse698(heard)).toThrow();
    expect(ask(request698('310001000099', apdu))).toBeUndefined();
  });

  it('refuses to be written to or switched, and is silent to what it does not understand', () => {
    expect(apduOf(ask, ID, '06 01 02 40000200 1C07E60B1400000000')).toEqual(bytes('86 01 02 40000200 03 0000'));
    expect(apduOf(ask, ID, '07 01 02 80008200 0000')).toEqual(bytes('87 01 02 80008200 03 00 0000'));
    expect(ask(request698(ID, bytes('05 05 01 00')))).toBeUndefined();
    expect(ask(request698(ID, bytes('05 03 01 50040200')))).toBeUndefined();
    expect(ask(request698(ID, bytes('01 00 01')))).toBeUndefined();
  });
});

interface Vector {
  readonly name: string;
  readonly request_hex: string | null;
  readonly response_hex: string | null;
}
const vectors = (
  JSON.parse(readFileSync(new URL('../vectors/dlt698.json', import.meta.url), 'utf8')) as readonly Vector[]
).flatMap(({ name, request_hex, response_hex }) =>
  request_hex && response_hex
    ? [[name, Buffer.from(bytes(request_hex)), Buffer.from(bytes(response_hex))] as const]
    : [],
);
/** This meter counts no energy by phase. */
const asked = vectors.filter(([name]) => !name.includes('A-phase'));

describe('a DL/T 698.45 meter that gets requests as real masters sent them', () => {
  it.each(asked)('answers in the shape in which real meters did: %s', (name, sent, expected) => {
    const address = parse698(sent).address;
    const { spec } = oneLine('dlt698-tcp', 10);
    const renamed = spec.meters.map((meter) => (meter.id === THREE_PHASE ? { ...meter, address } : meter));
    const w = new World({ ...spec, meters: renamed });
    strike(w, { kind: 'no-power', target: { meter: THREE_PHASE }, from: NOW - 2 * MINUTE, until: NOW - MINUTE });
    const reply = parse698(askOf(w)(sent) ?? new Uint8Array());
    const real = parse698(expected);
    expect([reply.control, reply.address, reply.apdu.length], name).toEqual([0xc3, address, real.apdu.length]);
    const kinds = (apdu: readonly number[]) => {
      const from = apdu[1] === 3 ? 20 : 8;
      const values = new Values(apdu, from);
      values.next();
      return [apdu.slice(0, from), apdu[from], apdu[from] === 1 ? apdu[from + 2] : null];
    };
    expect(kinds(reply.apdu)).toEqual(kinds(real.apdu));
  });
});
