import { describe, expect, it } from 'vitest';
import { DAY, HOUR, ID, NOW, oneLine, strike } from '../simulators/support/small-world.ts';
import { eventDifferences } from './oracle.ts';

const START = NOW - DAY;
const END = START + HOUR;
const world = oneLine('dlt645-tcp', 2);
const from = new Date(START).toISOString();
strike(world, { kind: 'no-power', target: { area: 'A1' }, from, until: new Date(END).toISOString() });
const kind = 'power_down' as const;
const start = Math.floor(START / 1000) * 1000;
const end = start + HOUR;

describe('the witness of events', () => {
  it('finds nothing wrong with what the meter recorded, ended or not when it was read', () => {
    const nothing = { invented: [], doubled: [], lost: [] };
    expect(eventDifferences(world, ID, [{ kind, start, end }], NOW)).toEqual(nothing);
    expect(eventDifferences(world, ID, [{ kind, start, end: null }], NOW)).toEqual(nothing);
    expect(eventDifferences(world, ID, [], 0)).toEqual(nothing);
  });

  it('finds what the meter never recorded, what is held twice, and what it has shown and nobody holds', () => {
    const other = { kind, start: start - HOUR, end: start };
    expect(eventDifferences(world, ID, [{ kind, start, end }, other], NOW).invented).toEqual([
      expect.stringContaining(ID),
    ]);
    expect(eventDifferences(world, ID, [{ kind, start, end: end + 1000 }], NOW).invented).toHaveLength(1);
    const twice = [
      { kind, start, end: null },
      { kind, start, end },
    ];
    expect(eventDifferences(world, ID, twice, NOW).doubled).toHaveLength(1);
    expect(eventDifferences(world, ID, [], NOW).lost).toHaveLength(1);
  });
});
