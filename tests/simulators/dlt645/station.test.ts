import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import { Dlt645Station } from '../../../simulators/dlt645/station.ts';
import type { World } from '../../../simulators/world/world.ts';
import { type Ask, instant, minute, number, numbers, parse, readItem, request } from '../support/read645.ts';
import { at, DAY, ID, MIDNIGHT, NOW, oneLine, PV, SUPPLY, strike, THREE_PHASE } from '../support/small-world.ts';

function askOf(world: World, now = NOW): Ask {
  const station = new Dlt645Station(world.metersOn('L1'));
  return (bytes) => {
    const [found] = new FrameSplitter().push(bytes);
    return found && station.answer(found.frame, now)?.encode(null);
  };
}
const world = oneLine('dlt645-tcp', 24);
const ask = askOf(world);
const bytes = (item: readonly number[] | number): readonly number[] => {
  if (typeof item === 'number') throw new Error(`refused with error ${item}`);
  return item;
};
const read = (di: string, id = ID, extra: readonly number[] = []): readonly number[] =>
  bytes(readItem(ask, id, di, extra));

describe('a DL/T 645 meter asked for present values', () => {
  it.each([ID, THREE_PHASE, PV, SUPPLY])('gives the energies of the oracle: %s', (id) => {
    const now = world.meter(id).registers(NOW);
    expect(number(read('00010000', id), 2)).toBe(now.importWh / 1000);
    expect(numbers(read('0001FF00', id), 4, 2)).toEqual(
      [now.importWh, now.t1Wh, now.t2Wh, now.t3Wh, now.t4Wh].map((wh) => (wh ?? 0) / 1000),
    );
    expect(number(read('00010300', id), 2)).toBe((now.t3Wh ?? 0) / 1000);
    expect(numbers(read('0002FF00', id), 4, 2)).toEqual(
      [now.exportWh, ...(now.exportRatesWh ?? [])].map((wh) => wh / 1000),
    );
    expect(number(read('00000000', id), 2, true)).toBe((now.importWh + now.exportWh) / 1000);
    expect(number(read('00030000', id), 2, true)).toBe(now.reactiveImportVarh / 1000);
    expect(number(read('00040000', id), 2, true)).toBe(now.reactiveExportVarh / 1000);
  });

  it.each([ID, THREE_PHASE, PV, SUPPLY])('gives the instantaneous values of the oracle: %s', (id) => {
    const now = world.meter(id).registers(NOW);
    const row = ({ total, a, b, c }: typeof now.powersW) => [total, a, b, c];
    expect(numbers(read('0201FF00', id), 2, 1)).toEqual(now.voltagesV);
    expect(numbers(read('0202FF00', id), 3, 3, true)).toEqual(now.currentsA);
    expect(numbers(read('0203FF00', id), 3, 1, true)).toEqual(row(now.powersW));
    expect(numbers(read('0204FF00', id), 3, 1, true)).toEqual(row(now.reactivePowersVar));
    expect(numbers(read('0205FF00', id), 3, 1, true)).toEqual(row(now.apparentPowersVa));
    expect(numbers(read('0206FF00', id), 2, 3, true)).toEqual(row(now.powerFactors));
    expect(number(read('02800002', id), 2)).toBe(now.frequencyHz);
    expect(number(read('02800001', id), 3, true)).toBe(now.currentNeutralA);
    expect(number(read('02030000', id), 1, true)).toBe(now.powersW.total);
  });

  it('shows the sign of what panels feed in', () => {
    const noon = at('2026-05-06T12:07:00');
    const sunny = bytes(readItem(askOf(world, noon), PV, '02030000'));
    expect(number(sunny, 1, true)).toBe(world.meter(PV).registers(noon).powersW.total);
    expect(number(sunny, 1, true)).toBeLessThan(0);
  });

  it('tells its clock, address and number', () => {
    expect(read('04000102').map((byte) => byte.toString(16))).toEqual(['30', '20', '10']);
    expect(read('04000101').map((byte) => byte.toString(16))).toEqual(['5', '20', '11', '26']);
    expect(read('0400010C').map((byte) => byte.toString(16))).toEqual(['30', '20', '10', '5', '20', '11', '26']);
    for (const di of ['04000401', '04000402']) {
      expect(Buffer.from(read(di).toReversed()).toString('hex')).toBe(ID);
    }
  });

  it('gives the registers of the last settlement, the first of the month', () => {
    const first = world.meter(ID).registers(at('2026-11-01T00:00:00'));
    expect(number(read('00010001'), 2)).toBe(first.importWh / 1000);
    expect(readItem(ask, ID, '0001000D')).toBe(2);
  });

  it.each(['00010500', '02010200', '02070100', '04000A01', '05060300', '0A000000', '0506013F'])(
    'refuses %s with error 02',
    (di) => {
      expect(readItem(ask, ID, di)).toBe(2);
    },
  );
});

describe('a DL/T 645 meter asked for its state', () => {
  it('shows an open relay, its battery, a lost phase and a lost clock in the status words', () => {
    const w = oneLine('dlt645-tcp', 10);
    strike(w, { kind: 'relay-open', target: { meter: ID } });
    strike(w, { kind: 'phase-lost', target: { meter: THREE_PHASE } }, 'f2');
    strike(w, { kind: 'wrong-clock', target: { meter: ID }, offsetS: 90_000 }, 'f3');
    strike(w, { kind: 'no-power', target: { area: 'A1' }, from: NOW + 1000 }, 'f4');
    const words = (id: string, now = NOW): number[] => {
      const data = bytes(readItem(askOf(w, now), id, '040005FF'));
      return Array.from({ length: 7 }, (_, i) => (data[2 * i] ?? 0) | ((data[2 * i + 1] ?? 0) << 8));
    };
    expect(words(ID)).toEqual([0x0004, 0, 0x0050, 0, 0, 0, 0]);
    expect(words(THREE_PHASE)).toEqual([0, 0, 0, 0, 0x0080, 0, 0]);
    expect(words(SUPPLY, NOW + 1000)).toEqual([0, 0, 0x0004, 0, 0, 0, 0x0020]);
    expect(bytes(readItem(askOf(w), ID, '04000503'))).toEqual([0x50, 0]);
  });

  it('tells its interruptions, the last first, an open one without an end', () => {
    const w = oneLine('dlt645-tcp', 2);
    const [a, b] = [at('2026-11-01T03:02:17'), at('2026-11-01T04:02:04')];
    strike(w, { kind: 'no-power', target: { area: 'A1' }, from: a, until: b });
    strike(w, { kind: 'no-power', target: { area: 'A1' }, from: at('2026-11-20T10:20:00') }, 'f2');
    const one = askOf(w);
    expect(number(bytes(readItem(one, SUPPLY, '03110000')), 0)).toBe(2);
    const last = bytes(readItem(one, SUPPLY, '03110001'));
    expect([instant(last.slice(0, 6)), instant(last.slice(6))]).toEqual([at('2026-11-20T10:20:00'), null]);
    const before = bytes(readItem(one, SUPPLY, '03110002'));
    expect([instant(before.slice(0, 6)), instant(before.slice(6))]).toEqual([a, b]);
    expect(readItem(one, SUPPLY, '03110003')).toBe(2);
  });
});

describe('a DL/T 645 meter asked for freezes', () => {
  it('gives time, import and export of the n-th last midnight', () => {
    for (const [n, stamp] of [
      ['01', MIDNIGHT],
      ['02', MIDNIGHT - DAY],
      ['3E', MIDNIGHT - 61 * DAY],
    ] as const) {
      const freeze = world.meter(PV).dayFreeze(stamp);
      expect(minute(read(`050600${n}`, PV))).toBe(stamp);
      expect(numbers(read(`050601${n}`, PV), 4, 2)).toEqual(
        [freeze?.importWh, freeze?.t1Wh, freeze?.t2Wh, freeze?.t3Wh, freeze?.t4Wh].map((wh) => (wh ?? 0) / 1000),
      );
      expect(numbers(read(`050602${n}`, PV), 4, 2)[0]).toBe((freeze?.exportWh ?? 0) / 1000);
    }
  });

  it('gives hourly freezes as totals', () => {
    expect(minute(read('050400FE'))).toBe(at('2026-11-20T10:00:00') - 253 * 3_600_000);
    expect(number(read('05040101'), 2)).toBe(world.meter(ID).registers(at('2026-11-20T10:00:00')).importWh / 1000);
    expect(readItem(ask, ID, '050400FF')).toBe(2);
  });

  it('counts only the freezes that exist', () => {
    const w = oneLine('dlt645-tcp', 2);
    strike(w, { kind: 'stale-freeze', target: { meter: ID }, dates: ['2026-11-20', '2026-11-18'] });
    const stamps = ['01', '02'].map((n) => minute(bytes(readItem(askOf(w), ID, `050600${n}`))));
    expect(stamps).toEqual([MIDNIGHT - DAY, MIDNIGHT - 3 * DAY]);
  });
});

describe('a DL/T 645 meter that must not or cannot answer', () => {
  it('is silent to a broadcast and to a stranger', () => {
    const id = [0, 0, 1, 0];
    expect(ask(request('999999999999', 0x08, [0, 0, 0, 1, 1, 26]))).toBeUndefined();
    expect(ask(request('310001000099', 0x11, id))).toBeUndefined();
    expect(ask(request('aaaaaaaaa099', 0x11, id))).toBeUndefined();
  });

  it('is talked over by its neighbours when an open address matches several meters', () => {
    for (const [address, control] of [
      ['aaaaaaaaaaaa', 0x13],
      ['aaaaaaaaaa01', 0x11],
    ] as const) {
      const heard = ask(request(address, control, control === 0x11 ? [0, 0, 1, 0] : [])) ?? new Uint8Array();
      expect(heard.length).toBeGreaterThan(12);
      expect(new FrameSplitter().push(heard)).toEqual([]);
    }
  });

  it('is heard alone when its neighbours are dead', () => {
    const w = oneLine('dlt645-tcp', 2);
    strike(w, { kind: 'dead', target: { meter: '310001000002' } });
    strike(w, { kind: 'dead', target: { meter: SUPPLY } }, 'f2');
    const reply = parse(askOf(w)(request('aaaaaaaaaaaa', 0x13, [])) ?? new Uint8Array());
    expect(Buffer.from(reply.data.toReversed()).toString('hex')).toBe(ID);
  });

  it('answers an abbreviated address and the question for the address with its own', () => {
    expect(parse(ask(request('aaaaaaaa0003', 0x11, [0, 0, 1, 0])) ?? new Uint8Array()).address).toBe('310001000003');
    const alone = askOf(oneLineAlone());
    const reply = parse(alone(request('aaaaaaaaaaaa', 0x13, [])) ?? new Uint8Array());
    expect(reply.control).toBe(0x93);
    expect(Buffer.from(reply.data.toReversed()).toString('hex')).toBe(SUPPLY);
  });

  it('refuses to be written to or switched', () => {
    for (const control of [0x14, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d]) {
      const reply = parse(ask(request(ID, control, [1, 2, 3, 4])) ?? new Uint8Array());
      expect([reply.control, ...reply.data]).toEqual([control | 0xc0, 0x04]);
    }
    expect(ask(request(ID, 0x15, [1, 2, 3, 4, 5, 6]))).toBeUndefined();
    expect(ask(request(ID, 0x08, [0, 0, 0, 1, 1, 26]))).toBeUndefined();
  });
});

/** The supply meter alone on its line. */
function oneLineAlone(): World {
  return oneLine('dlt645-tcp', 0);
}
