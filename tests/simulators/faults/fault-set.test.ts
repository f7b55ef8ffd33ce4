import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../simulators/faults/fault.ts';
import { type FaultInput, parseFault } from '../../../simulators/faults/parse-fault.ts';
import { HOUR, ID, NOW, oneLine, strike } from '../support/small-world.ts';

const parse = (input: unknown, id = 'f1') =>
  parseFault(id, input, ({ id: place }) => ['m1', 'a1', 'l1'].includes(place));
const meter = { meter: 'm1' };

describe('a fault from outside', () => {
  it.each(FAULT_KINDS)('is taken with the usual settings of its kind: %s', (kind) => {
    const lines: readonly string[] = ['concentrator-offline', 'drops-connection', 'ignores-forwards', 'double-login'];
    const target = lines.includes(kind) ? { line: 'l1' } : kind === 'overload' ? { area: 'a1' } : meter;
    const fault = parse({ kind, target, ...(kind === 'rollover' ? { at: NOW } : {}) });
    expect(fault).toMatchObject({ id: 'f1', kind, from: null, until: null });
  });

  it('may name instants as text or milliseconds', () => {
    const fault = parse({ kind: 'dead', target: { area: 'a1' }, from: '2026-11-20T10:20:30+08:00', until: NOW + 1 });
    expect([fault.from, fault.until]).toEqual([NOW, NOW + 1]);
    expect(fault.target).toEqual({ kind: 'area', id: 'a1' });
  });

  it.each([
    ['dead', 'the body must be a JSON object'],
    [{ kind: 'burnt', target: meter }, 'kind: must be one of dead, slow'],
    [{ kind: 'dead' }, 'target: must be an object with one of meter, area, line'],
    [{ kind: 'dead', target: { meter: 'm1', area: 'a1' } }, 'target: must be an object with one of'],
    [{ kind: 'stopped', target: { area: 'a1' } }, 'target: must be an object with one of meter and its id'],
    [{ kind: 'dead', target: { meter: 'm9' } }, 'target: there is no meter m9'],
    [{ kind: 'dead', target: meter, from: 'yesterday' }, 'from: must be UTC milliseconds or an RFC 3339 instant'],
    [{ kind: 'dead', target: meter, from: 5, until: 5 }, 'until: must be later than from'],
    [{ kind: 'dead', target: meter, delayMs: 5 }, 'delayMs: is not a setting of dead'],
    [{ kind: 'noise', target: meter, every: 0 }, 'every: must be a whole number from 1'],
    [{ kind: 'under-counting', target: meter, factor: 2 }, 'factor: must be a number from 0 to 1'],
    [{ kind: 'wrong-reply', target: meter, as: 'frog' }, 'as: must be one of address, item'],
    [{ kind: 'stale-freeze', target: meter, dates: ['2026-02-30'] }, 'dates: must be a list of YYYY-MM-DD'],
    [{ kind: 'rollover', target: meter }, 'at: is needed'],
  ])('is refused with what would be right: %j', (input, message) => {
    expect(() => parse(input)).toThrow(message);
  });

  it('is refused with everything that is wrong at once', () => {
    const input = { kind: 'slow', target: { meter: 'm9' }, delayMs: -1, until: 'x' };
    expect(() => parse(input, 'no good id')).toThrow(/id: .*; target: .*; until: .*; delayMs: /);
  });
});

describe('the faults of a world', () => {
  const dead: FaultInput = { kind: 'dead', target: { meter: ID } };

  it('strike a meter through itself, its area or its line', () => {
    const world = oneLine('dlt645-tcp', 2);
    strike(world, dead, 'm');
    strike(world, { kind: 'slow', target: { area: 'A1' } }, 'a');
    strike(world, { kind: 'noise', target: { line: 'L1' } }, 'l');
    expect(world.meter(ID).faults.map(({ id }) => id)).toEqual(['m', 'a', 'l']);
    expect(world.meter('310001000002').faults.map(({ id }) => id)).toEqual(['a', 'l']);
  });

  it('stay on the list when they end, and under another id when the id is used again', () => {
    const { faults } = oneLine('dlt645-tcp', 2);
    faults.put('f1', { ...dead, from: NOW }, NOW);
    expect(faults.end('f1', NOW + HOUR)).toBe(true);
    expect(faults.get('f1')).toMatchObject({ from: NOW, until: NOW + HOUR });
    faults.put('f1', { ...dead, from: NOW + 2 * HOUR }, NOW + 2 * HOUR);
    expect(faults.list().map(({ id, from, until }) => [id, from, until])).toEqual([
      ['f1', NOW + 2 * HOUR, null],
      ['f1~1', NOW, NOW + HOUR],
    ]);
  });

  it('are replaced as if they had never been while they run, and forgotten before they began', () => {
    const { faults } = oneLine('dlt645-tcp', 2);
    faults.put('f1', { ...dead, from: NOW }, NOW);
    faults.put('f1', { ...dead, from: NOW + 2 * HOUR }, NOW + HOUR);
    expect(faults.list()).toHaveLength(1);
    faults.end('f1', NOW + HOUR);
    expect(faults.list()).toEqual([]);
    expect(faults.end('f1', NOW)).toBe(false);
  });

  it('tell the next border of a line', () => {
    const { faults } = oneLine('dlt645-tcp', 2);
    const times = { from: NOW + HOUR, until: NOW + 2 * HOUR };
    faults.put('f1', { kind: 'concentrator-offline', target: { line: 'L1' }, ...times }, NOW);
    expect([NOW, NOW + HOUR, NOW + 2 * HOUR].map((at) => faults.nextBorder('L1', at))).toEqual([
      NOW + HOUR,
      NOW + 2 * HOUR,
      undefined,
    ]);
    expect([NOW, NOW + HOUR, NOW + 2 * HOUR].map((at) => faults.isOffline('L1', at))).toEqual([false, true, false]);
  });
});
