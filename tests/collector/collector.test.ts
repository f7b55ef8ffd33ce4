import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectorStatus } from '#contract/status.ts';
import { addDays } from '#contract/zone.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { differences } from '../support/oracle.ts';
import { at, task } from '../support/plan.ts';

const DAY = '2026-11-20';
const NOW = at(DAY, '10:00:20');
const TASKS = [task('freeze-day'), task('instant')];
const DISTRICT: DistrictPlan = {
  areas: [
    {
      id: 'A1',
      lines: [{ kind: 'dlt645-tcp', customers: 2, id: 'L1', timing: { baudRate: null, replyDelayMs: [0, 1] } }],
    },
  ],
};
/** Three meters, four freezes and one present value each. */
const FIRST_ROUND = 3 * (4 + 1);

let bench: CollectorBench;
beforeEach(async () => {
  bench = await CollectorBench.open(NOW, DISTRICT, TASKS);
  await bench.start();
});
afterEach(() => bench.close());

const rows = async (): Promise<number> => (await bench.spool.size()).rows;
const statuses = (): CollectorStatus[] => bench.mqtt.sent<CollectorStatus>('up/status');
const said = (text: string): boolean => bench.logger.lines.some(({ message }) => message.includes(text));

/** Values that the centre holds and no meter gave. */
function inventions(): string[] {
  return [...bench.centre.held.values()].flatMap((held) =>
    TASKS.filter(({ id }) => id === held.task).flatMap((each) => differences(bench.world, each, held)),
  );
}

describe('a collector', () => {
  it('without a plan says so and waits', async () => {
    bench.mqtt.connection(true);
    await bench.until('it has told its status', () => statuses().length > 0);
    expect(said('no plan yet')).toBe(true);
    // Soon after the connection, not at the next of the regular times.
    expect(statuses()[0]?.at).toBeLessThan(NOW + 25_000);
    expect(statuses().at(-1)).toMatchObject({ online: true, planVersion: null, lines: [] });
  });

  it('reads by the plan it is sent, sends what it read, and deletes what is committed and nothing before', async () => {
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('everything was sent', () => bench.centre.held.size === FIRST_ROUND);
    expect(inventions()).toEqual([]);
    expect(bench.centre.outcomes).toEqual([]);
    expect(await rows()).toBe(FIRST_ROUND);
    await bench.mqtt.deliver(bench.topic('down/ack'), bench.centre.ack);
    expect(await rows()).toBe(0);
    expect(bench.collector).toMatchObject({ acked: FIRST_ROUND, inFlight: 0 });
    await bench.mqtt.deliver(bench.topic('down/ack'), bench.centre.ack);
    expect(bench.collector.acked).toBe(FIRST_ROUND);
  });

  it('goes on reading for hours without a broker, and delivers all of it afterwards', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    await bench.pass(2 * 3_600_000, 15_000);
    const read = FIRST_ROUND + 3 * 24;
    await bench.until('each round is read', async () => (await rows()) === read);
    expect(bench.mqtt.published).toEqual([]);
    bench.mqtt.connection(true);
    await bench.until('everything was sent', () => bench.centre.held.size === read);
    expect(inventions()).toEqual([]);
    await bench.mqtt.deliver(bench.topic('down/ack'), bench.centre.ack);
    expect(await rows()).toBe(0);
  });

  it('sends again what was on its way when the connection was lost', async () => {
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('everything was sent', () => bench.centre.held.size === FIRST_ROUND);
    const sent = bench.centre.rows;
    bench.mqtt.connection(false);
    bench.mqtt.connection(true);
    await bench.until('it was sent again', () => bench.centre.rows >= sent + FIRST_ROUND);
    expect(bench.centre.held.size).toBe(FIRST_ROUND);
  });

  it('deletes nothing for an ack of another epoch or of another form', async () => {
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('everything was sent', () => bench.centre.held.size === FIRST_ROUND);
    const { epoch } = bench.spool;
    const all = { v: 1, epoch, upTo: FIRST_ROUND, seen: FIRST_ROUND, gaps: [] };
    const wrong = [{ ...all, epoch: 'other' }, { ...all, v: 2 }, 'not even an object'];
    for (const text of [...wrong.map((ack) => JSON.stringify(ack)), '{"v":1,']) {
      await bench.mqtt.deliver(bench.topic('down/ack'), text);
      expect(await rows(), text).toBe(FIRST_ROUND);
    }
    expect(said('does not fit the schema')).toBe(true);
    expect(bench.fatal).toEqual([]);
    await bench.mqtt.deliver(bench.topic('down/ack'), JSON.stringify(all));
    expect(await rows()).toBe(0);
  });

  it('tells its status retained: soon after a change, every half minute, and that it is offline when it ends', async () => {
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('the first round is read', () => bench.centre.held.size === FIRST_ROUND);
    const before = statuses().length;
    await bench.pass(90_000);
    await bench.until('it has told its status', () => statuses().length >= before + 2);
    expect(statuses().length).toBeLessThanOrEqual(before + 4);
    const told = statuses();
    const ledger = { due: FIRST_ROUND, answered: FIRST_ROUND, failed: 0, open: 0 };
    expect(told.at(-1)).toMatchObject({ online: true, planVersion: bench.plan.version, ledger });
    expect(told.at(-1)?.lines).toEqual([expect.objectContaining({ id: 'L1', state: 'up' })]);
    await bench.stop();
    expect(statuses().at(-1)).toMatchObject({ online: false, spool: { rows: FIRST_ROUND } });
    const published = bench.mqtt.published.filter(({ topic }) => topic.endsWith('up/status'));
    expect(published.every(({ retain }) => retain)).toBe(true);
  });

  it('ends with nothing left waiting, whatever it was doing', async () => {
    for (let i = 0; i < 5; i++) {
      bench.mqtt.connection(true);
      bench.mqtt.connection(false);
    }
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.stop();
    expect(bench.clock.waiting.filter((name) => name !== 'sim')).toEqual([]);
  });

  it('ends when the disk does not take a result, instead of counting it as read', async () => {
    await bench.spool.close();
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('it gives up', () => bench.fatal.length > 0);
    expect(bench.fatal[0]).toMatchObject({ code: expect.stringMatching(/^store_/) });
  });

  it('forgets settled days when no slot of them can be asked for any more, and not before', async () => {
    const dates = [0, -5, -20, -40].map((days) => addDays(DAY, days));
    const days = dates.map((date) => ({ task: 'other@day', meter: 'm1', date, bits: Uint8Array.of(1) }));
    await Promise.all([bench.spool.append([], days), bench.clock.advance(100)]);
    await bench.deliverPlan({ ...bench.plan, tasks: [task('freeze-day', { repairDays: 30 })] });
    await bench.pass(3_615_000, 15_000);
    await bench.stop();
    await bench.start();
    const kept = (await bench.spool.progress(bench.plan.timeZone))
      .filter((day) => day.task === 'other@day')
      .map(({ date }) => date);
    expect(kept.toSorted()).toEqual(dates.slice(0, 3).toSorted());
  });
});

describe('two collectors of one id', () => {
  const twin = (overrides: Partial<CollectorStatus>, how = { retained: false }): Promise<void> => {
    const own = statuses().at(-1);
    if (!own) throw new Error('no status yet');
    const heard = { ...own, instance: 'other', host: 'elsewhere', at: own.at + 1000, ...overrides };
    return bench.mqtt.deliver(bench.topic('up/status'), JSON.stringify(heard), how);
  };

  beforeEach(async () => {
    bench.mqtt.connection(true);
    await bench.until('it has told its status', () => statuses().length > 0);
  });

  it('hear each other, and the one that started later ends and says what to do', async () => {
    await twin({ startedAt: NOW - 3_600_000 });
    expect(bench.fatal).toEqual([expect.objectContaining({ code: 'collector_twin' })]);
    expect(String(bench.fatal[0])).toMatch(/cannot go on: .* is running on elsewhere; .*METERWAY_COLLECTOR_ID/);
  });

  it('or one after the other: what is retained of the first, whatever its clock said, has the second say it is there', async () => {
    const before = statuses().length;
    await twin({ startedAt: NOW - 3_600_000, at: NOW + 600_000 }, { retained: true });
    expect(bench.fatal).toEqual([]);
    await bench.until('it says that it is there', () => statuses().length > before, 2000);
  });

  it('or one after the other: the late last will of the first is not the last word about the second', async () => {
    const before = statuses().length;
    await twin({ startedAt: NOW - 3_600_000, online: false });
    await bench.until('it says that it is there', () => statuses().length > before, 20_000);
    expect(statuses().at(-1)).toMatchObject({ online: true });
  });

  it('are not what its own words, a later one, a farewell or rubbish is taken for', async () => {
    const own = statuses().at(-1);
    await bench.mqtt.deliver(bench.topic('up/status'), JSON.stringify({ ...own, at: NOW + 9000 }));
    await twin({ startedAt: NOW + 3_600_000 });
    await twin({ startedAt: NOW - 3_600_000, online: false });
    await bench.mqtt.deliver(bench.topic('up/status'), '{"online":true}');
    await bench.mqtt.deliver(bench.topic('up/status'), 'rubbish');
    expect(bench.fatal).toEqual([]);
  });
});
