import { describe, expect, it } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import { OperatorLog } from '../../../gateway/outages/operator-log.ts';
import { SLOT } from '../../support/centre.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { outage } from './at-work.ts';

const BACK = { state: 'restored', restoredAt: SLOT + 1_800_000 } as const;

function lines(now: Partial<Outage>, before: Partial<Outage> | null): string[] {
  const logger = quietLogger();
  new OperatorLog(logger).tell(outage(now), before && outage(before), false);
  return logger.lines.map(({ level, message }) => `${level}: ${message}`);
}

describe('the log of the operator', () => {
  it('tells supply that is lost from supply that may be, and both from readings that are missing', () => {
    expect(lines({}, null)).toEqual(['warn: supply is lost']);
    expect(lines({}, { state: 'unconfirmed' })).toEqual(['warn: supply is lost']);
    expect(lines({ state: 'unconfirmed' }, null)).toEqual(['info: supply may be lost; it is being looked into']);
    expect(lines({ kind: 'phase-lost', phase: 'b' }, null)).toEqual(['warn: supply is lost on one phase']);
    expect(lines({ kind: 'collection' }, null)).toEqual([
      'warn: readings are missing because the way to the meters is down',
    ]);
    expect(lines({ kind: 'planned' }, null)).toEqual(['info: supply is off as announced']);
  });

  it('tells what is over', () => {
    expect(lines(BACK, {})).toEqual(['warn: supply is back']);
    expect(lines({ ...BACK, kind: 'phase-lost' }, {})).toEqual(['warn: supply is back on all phases']);
    expect(lines(BACK, null)).toEqual(['warn: supply was lost and is back']);
    expect(lines({ ...BACK, kind: 'collection' }, {})).toEqual(['info: the way to the meters works again']);
    expect(lines({ ...BACK, kind: 'planned' }, {})).toEqual(['info: supply is back after announced work']);
    expect(lines({ state: 'dismissed' }, { state: 'unconfirmed' })).toEqual(['info: supply was not lost after all']);
    expect(lines({}, BACK)).toEqual(['warn: supply is not back after all']);
  });

  it('says what else is learnt of an incident only to those who look closely', () => {
    expect(lines({ customers: 9 }, {})).toEqual(['debug: more is known of the outage']);
  });

  it('counts in a storm, in one line a minute, and tells the rest when it is over', () => {
    const logger = quietLogger();
    const log = new OperatorLog(logger);
    for (let i = 0; i < 50; i++) log.tell(outage({ id: `o${i}` }), null, true);
    log.tick(true, 1000);
    for (let i = 0; i < 20; i++) log.tell(outage({ id: `o${i}`, ...BACK }), outage(), true);
    log.tick(true, 31_000);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { opened: 50, restored: 0, unconfirmed: 0 } });
    log.tick(true, 61_000);
    expect(logger.lines[1]).toMatchObject({ fields: { opened: 0, restored: 20 } });
    log.tell(outage({ state: 'unconfirmed' }), null, true);
    log.tick(false, 62_000);
    expect(logger.lines[2]).toMatchObject({ fields: { unconfirmed: 1 } });
    log.tick(false, 63_000);
    expect(logger.lines).toHaveLength(3);
  });
});
