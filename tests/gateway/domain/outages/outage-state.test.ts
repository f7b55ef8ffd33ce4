import { describe, expect, it } from 'vitest';
import { darkSince } from '#domain/outages/area-view.ts';
import { isDark } from '#domain/outages/meter-facts.ts';
import { remember, restoreState } from '#domain/outages/outage-state.ts';
import { battery, down, each, MIN, off, on, silent, T0, topologyOf, Watch } from './area.ts';

const AREA = topologyOf(40);
const HOUR = 60 * MIN;

/** Outages of 10 minutes, one an hour, told by the supply meter. */
function watchOf(hours: number): Watch {
  const watch = new Watch(AREA);
  for (let hour = 0; hour < hours; hour++) watch.feed(off('s', T0 + hour * HOUR), on('s', T0 + hour * HOUR + 10 * MIN));
  return watch;
}

describe('what is remembered', () => {
  it('are the eight newest restored outages of an area, and where history ends', () => {
    const incidents = [...watchOf(9).told.values()].reverse();
    const kept = remember(incidents, 0);
    expect(kept.incidents.map(({ startedAt }) => startedAt)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((hour) => T0 + hour * HOUR),
    );
    expect(kept.forgottenUntil).toBe(T0 + 10 * MIN);
    expect(remember(incidents.slice(1), 7).forgottenUntil).toBe(7);
  });

  it('are all open incidents, and no restored one of a phase', () => {
    const watch = new Watch(AREA);
    watch.feed(on('m1', T0, ['a']), on('m2', T0, ['b']), off('s', T0));
    watch.feed(on('m1', T0 + MIN));
    expect(watch.state.areas.get('a')?.incidents.map(({ kind, phase }) => [kind, phase])).toEqual([
      ['phase-lost', 'b'],
      ['outage', null],
    ]);
  });
});

describe('what is forgotten', () => {
  const watch = (): Watch => watchOf(9);
  const end = T0 + 10 * MIN;

  it('is not raised again by facts from its time', () => {
    expect(watch().feed(...each(5, (m) => down(m, T0, end)))).toEqual([]);
    expect(watch().feed(...each(5, (m) => down(m, T0, null)))).toEqual([]);
    expect(watch().feed(...each(5, (m) => off(m, end)))).toEqual([]);
    expect(watch().feed(...each(5, (m) => battery(m, end)))).toEqual([]);
  });

  it('does not cover what came after it', () => {
    expect(watch().feed(...each(5, (m) => down(m, T0 + 20 * MIN, T0 + 30 * MIN)))).toHaveLength(1);
    expect(watch().feed(...each(5, (m) => off(m, T0 + 20 * HOUR)))).toHaveLength(1);
  });
});

describe('the state of a process that starts', () => {
  it('has the meters as the evidence of the incidents left them', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), battery('m1', T0), down('m2', T0, null), silent('m3', T0 + MIN), on('m4', T0, ['b']));
    const area = restoreState([...watch.told.values()]).areas.get('a');
    const facts = (meter: string) => area?.meters.get(meter);
    expect(facts('s')?.supply.offSince).toBe(T0);
    expect(facts('m1')?.offBy).toBe('on_battery');
    expect(facts('m2')?.offBy).toBe('power_down');
    expect(facts('m3')?.silentAt).toBe(T0 + MIN);
    expect(facts('m4')?.phases?.b?.offSince).toBe(T0);
  });

  it('has meters with supply again where the incident ended', () => {
    const watch = watchOf(1);
    const supply = restoreState([...watch.told.values()])
      .areas.get('a')
      ?.meters.get('s');
    expect(supply && isDark(supply)).toBe(false);
  });
});

describe('a dark meter', () => {
  it('is explained by the outage that took it, until it is seen dark well after that', () => {
    const watch = watchOf(1);
    const view = (offAt: number) => {
      watch.feed(off('m1', T0 + MIN), off('m1', offAt));
      const area = watch.state.areas.get('a');
      if (!area) throw new Error('no area');
      const facts = area.meters.get('m1');
      if (!facts) throw new Error('no facts');
      return darkSince(
        {
          topology: AREA.area('a'),
          settings: { offShare: 0.6, onShare: 0.8, minMeters: 3, minShare: 0.1, windowMs: 5 * MIN, minDownMs: MIN },
          incidents: area.incidents,
          facts: () => facts,
          phaseOf: () => null,
        },
        'm1',
      );
    };
    expect(view(T0 + 15 * MIN)).toBeNull();
    expect(view(T0 + 15 * MIN + 1)).toBe(T0 + 10 * MIN);
  });
});
