import { describe, expect, it } from 'vitest';
import type { StateFact } from '#domain/anomalies/states/facts.ts';
import { clocks, command, credit, event, every, judgedFacts, relay, relays } from '../kit/facts.ts';
import { DAY, HOUR, QUARTER, T0, threePhase } from '../kit/meters.ts';
import { STATE_CASES } from './state-cases.ts';

describe.each(STATE_CASES)('state rule $rule ($facts)', (each) => {
  it('speaks when it must, with what it saw', () => {
    expect(each.fires()[0]).toMatchObject({ rule: each.rule, basis: 'states', kind: 'open', facts: each.facts });
  });

  it('is silent just short of that', () => {
    expect(each.nearMiss()).toEqual([]);
  });

  it('is silent when what it needs is missing', () => {
    expect(each.missing()).toEqual([]);
  });
});

describe('a wrong clock', () => {
  it('is told with its direction, and is over when it is well within the limit for a while', () => {
    const offsets = [400, 400, 400, 250, 250, 100, 100, 100];
    const told = judgedFacts(
      every(
        QUARTER,
        offsets.map((offsetS) => (at) => ({ kind: 'clock', at, offsetS })),
      ),
    );
    expect(told.map(({ kind, at }) => `${kind} ${(at - T0) / QUARTER}`)).toEqual(['open 1', 'close 6']);
    expect(told[0]?.facts).toMatchObject({ clock: 'fast', largestOffsetS: 400, limitS: 300 });
  });
});

describe('a cover that was opened', () => {
  const opened = T0 - 3 * DAY;

  it('is one finding however often the event is read, and an update for every new one', () => {
    const told = judgedFacts([
      event('cover_open', opened, T0),
      event('cover_open', opened, T0 + HOUR),
      event('terminal_cover_open', opened + 60_000, T0 + HOUR),
    ]);
    expect(told).toMatchObject([
      { kind: 'open', from: opened, at: T0, facts: { times: 1, cover: 'meter' } },
      { kind: 'update', from: opened, at: T0 + HOUR, facts: { times: 2 } },
    ]);
  });

  it('is over when the meter has answered for a week and told of no further one', () => {
    const answers = clocks(9 * 24, 0);
    const told = judgedFacts([event('cover_open', opened, T0), ...answers]);
    expect(told.map(({ kind }) => kind)).toEqual(['open', 'close']);
    expect((told[1]?.at ?? 0) - T0).toBeGreaterThanOrEqual(7 * DAY);
  });

  it('is not over because the meter is silent', () => {
    const [answer] = relays(1, false);
    const late = answer
      ? [
          { ...answer, at: T0 + 30 * DAY },
          { ...answer, at: T0 + 60 * DAY },
        ]
      : [];
    expect(judgedFacts([event('cover_open', opened, T0), ...late]).map(({ kind }) => kind)).toEqual(['open']);
  });

  it('while the meter was put in, or before, is none', () => {
    const meter = threePhase({ spans: [{ from: opened, to: Number.POSITIVE_INFINITY }] });
    expect(judgedFacts([event('cover_open', opened + HOUR, T0)], meter)).toEqual([]);
    expect(judgedFacts([event('cover_open', opened - HOUR, T0)], meter)).toEqual([]);
    expect(judgedFacts([event('cover_open', opened + 25 * HOUR, T0)], meter)).toHaveLength(1);
  });
});

describe('cost control', () => {
  const why = (facts: readonly StateFact[]) =>
    judgedFacts(facts).map(({ kind, facts: { relay: reason } }) => `${kind}: ${reason}`);

  it('says what is wrong', () => {
    const dayBefore = (fact: StateFact): StateFact => ({ ...fact, at: T0 - DAY });
    expect(why([dayBefore(command('open')), ...relays(6, false)])).toEqual(['open: closed against the order']);
    expect(why([dayBefore(command('closed')), ...relays(6, true)])).toEqual(['open: open against the order']);
    expect(why(relays(6, true))).toEqual(['open: open without an order']);
    expect(why([dayBefore(credit(-5)), ...relays(6, false)])).toEqual(['open: credit too low']);
    expect(why([dayBefore(command('open')), ...relays(6, true)])).toEqual([]);
    expect(why([dayBefore(command('closed')), ...relays(6, false)])).toEqual([]);
  });

  it('gives the relay two hours to follow an order', () => {
    expect(judgedFacts([command('open'), ...relays(8, false)])).toEqual([]);
    expect(judgedFacts([command('open'), ...relays(12, false)])).toHaveLength(1);
  });

  it('is over when the relay has followed', () => {
    const told = judgedFacts([
      { ...command('closed'), at: T0 - DAY },
      ...relays(6, true),
      ...relays(6, false, T0 + 6 * QUARTER),
    ]);
    expect(told.map(({ kind }) => kind)).toEqual(['open', 'close']);
  });

  it('of an account that is disconnected needs no order', () => {
    expect(judgedFacts(relays(6, true), threePhase({ status: 'disconnected' }))).toEqual([]);
    expect(judgedFacts(relays(6, false), threePhase({ status: 'disconnected' }))).toHaveLength(1);
  });

  it('does not depend on the order in which the facts of a call come', () => {
    const facts = [{ ...command('closed'), at: T0 - DAY }, ...relays(6, true), event('cover_open', T0 - DAY, T0)];
    expect(judgedFacts([...facts].reverse())).toEqual(judgedFacts(facts));
    expect(relay(true)).toMatchObject({ kind: 'relay' });
  });
});
