import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '#contract/plan.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { at, task } from '../support/plan.ts';

const NOW = at('2026-11-20', '10:00:20');
const TASKS = [task('freeze-day'), task('instant')];
/** The supply meter and a customer on L1, another customer on L2; four freezes and one present value each. */
const FIRST_ROUND = 3 * (4 + 1);

let bench: CollectorBench;
beforeEach(() => open(0));
afterEach(() => bench.close());

/** A collector without a plan, and meters that take so long for each reply. */
async function open(delayMs: number): Promise<void> {
  const timing = { baudRate: null, replyDelayMs: [delayMs, delayMs] } as const;
  const lines = ['L1', 'L2'].map((id) => ({ kind: 'dlt645-tcp', customers: 1, id, timing }) as const);
  bench = await CollectorBench.open(NOW, { areas: [{ id: 'A1', lines }] }, TASKS);
  await bench.start();
}

const rows = async (): Promise<number> => (await bench.spool.size()).rows;
const said = (text: string): number => bench.logger.lines.filter(({ message }) => message.includes(text)).length;
const planInUse = async (): Promise<string | null> => (await bench.collector.status(true)).planVersion;
const linesInUse = async (): Promise<string[]> => (await bench.collector.status(true)).lines.map(({ id }) => id);

function without(line: string): Plan {
  return {
    ...bench.plan,
    version: `without-${line}`,
    lines: bench.plan.lines.filter(({ id }) => id !== line),
    meters: bench.plan.meters.filter((meter) => meter.line !== line),
  };
}

describe('the plan', () => {
  it('survives a restart: the collector reads by it without the centre, and nothing a second time', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    await bench.stop();
    await bench.start();
    expect(await planInUse()).toBe(bench.plan.version);
    await bench.pass(60_000);
    expect(await rows()).toBe(FIRST_ROUND);
    await bench.pass(5 * 60_000, 5000);
    await bench.until('the next round is read', async () => (await rows()) === FIRST_ROUND + 3);
    await bench.pass(30_000);
    expect(await rows()).toBe(FIRST_ROUND + 3);
  });

  it('whose file is damaged is told of, with what is wrong, and the collector waits for the centre', async () => {
    await bench.deliverPlan();
    await bench.stop();
    const whole = readFileSync(bench.planPath, 'utf8');
    writeFileSync(bench.planPath, whole.slice(0, whole.length / 2));
    await bench.start();
    const message = expect.stringContaining('cannot use the plan: not JSON');
    expect(bench.logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'the stored plan cannot be used; waiting for the centre to send one',
        fields: { err: expect.objectContaining({ message }) },
      },
    ]);
    expect(await planInUse()).toBeNull();
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    expect(readFileSync(bench.planPath, 'utf8')).toBe(whole);
  });

  it('that is refused leaves the old one at work and on disk', async () => {
    await bench.deliverPlan();
    const stored = readFileSync(bench.planPath, 'utf8');
    const [meter] = bench.plan.meters;
    if (!meter) throw new Error('no meter');
    await bench.deliverPlan({ ...bench.plan, version: 'x', meters: [{ ...meter, model: 'steam-engine' }] });
    await bench.mqtt.deliver(bench.topic('down/plan'), 'rubbish');
    expect(said('the new plan was refused; the old one stays')).toBe(2);
    expect(await planInUse()).toBe(bench.plan.version);
    expect(readFileSync(bench.planPath, 'utf8')).toBe(stored);
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
  });

  it('that is refused before there was any leaves no file behind', async () => {
    await bench.deliverPlan({ ...bench.plan, collector: 'somebody-else' });
    expect(existsSync(bench.planPath)).toBe(false);
    expect(await planInUse()).toBeNull();
  });

  it('of the same version changes nothing: no line is opened anew', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    for (let i = 0; i < 3; i++) await bench.deliverPlan();
    await bench.pass(10_000);
    expect(said('working by plan')).toBe(1);
    expect(said('the line is up')).toBe(2);
  });
});

describe('a new version of the plan', () => {
  it('in the middle of a round takes the lines over, and every due slot is read exactly once', async () => {
    await bench.close();
    await open(30);
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.until('some slots are read', async () => (await rows()) >= 4);
    expect(await rows()).toBeLessThan(FIRST_ROUND);
    await bench.deliverPlan({ ...bench.plan, version: 'second' });
    await bench.until('the first round is read', () => bench.centre.held.size === FIRST_ROUND);
    await bench.pass(60_000);
    expect(await planInUse()).toBe('second');
    expect(await rows()).toBe(FIRST_ROUND);
    expect((await bench.collector.status(true)).ledger).toMatchObject({ answered: FIRST_ROUND, failed: 0, open: 0 });
  });

  it('holds up no message after it, however long the lines of the old one take to end', async () => {
    await bench.close();
    await open(5000);
    bench.mqtt.connection(true);
    await bench.deliverPlan();
    await bench.pass(1000);
    // No time passes meanwhile, so no line can end.
    const tasks = bench.plan.tasks.map((each) => ({ ...each, delayS: each.delayS + 1 }));
    await bench.mqtt.deliver(bench.topic('down/plan'), JSON.stringify({ ...bench.plan, tasks, version: 'second' }));
    expect(await planInUse()).toBe(bench.plan.version);
    await bench.until('the second plan is at work', async () => (await planInUse()) === 'second');
  });

  it('without a line ends that line and keeps what it had found out', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    await bench.deliverPlan(without('L2'));
    expect(await linesInUse()).toEqual(['L1']);
    await bench.pass(5 * 60_000, 5000);
    await bench.until('the next round is read', async () => (await rows()) === FIRST_ROUND + 2);
    await bench.pass(30_000);
    expect(await rows()).toBe(FIRST_ROUND + 2);
  });

  it('with a new line reads it, and the old one goes on', async () => {
    await bench.deliverPlan(without('L2'));
    await bench.until('the first line is read', async () => (await rows()) === 10);
    await bench.deliverPlan();
    expect(await linesInUse()).toEqual(['L1', 'L2']);
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
  });

  it('leaves a line that is the same in both to its work: its link, its counts and its reads go on', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    const before = (await bench.collector.status(true)).lines.find(({ id }) => id === 'L1');
    const isUp = (id: string): boolean =>
      bench.logger.lines.some(({ fields }) => (fields as { line?: string }).line === id);
    bench.logger.lines.length = 0;
    await bench.deliverPlan(without('L2'));
    await bench.deliverPlan();
    await bench.until('L2 is read again', async () => (await bench.collector.status(true)).lines.length === 2);
    await bench.pass(2000);
    const after = (await bench.collector.status(true)).lines.find(({ id }) => id === 'L1');
    expect(before?.requests).toBeGreaterThan(5);
    expect(after?.requests).toBe(before?.requests);
    expect(after?.lastGoodAt).toBe(before?.lastGoodAt);
    expect(isUp('L1')).toBe(false);
    expect(isUp('L2')).toBe(true);
  });

  it('that cannot fit on a line is refused with the arithmetic, here and in the status, and the old one stays', async () => {
    await bench.deliverPlan();
    await bench.until('the first round is read', async () => (await rows()) === FIRST_ROUND);
    const meter = bench.plan.meters[0];
    if (!meter) throw new Error('no meter');
    const meters = Array.from({ length: 400 }, (_, i) => ({ ...meter, id: `x${i}`, address: `${i}` }));
    const tasks = bench.plan.tasks.map((each) =>
      each.kind === 'instant' ? { ...each, calendar: { everyS: 5 } } : each,
    );
    await bench.deliverPlan({ ...bench.plan, version: 'crowded', tasks, meters });
    expect(await planInUse()).toBe(bench.plan.version);
    const arithmetic = /line L1 needs .* of every 5\.00 s; the largest share is task instant of 400 meters/;
    expect((await bench.collector.status(true)).planRefused).toMatchObject({
      version: 'crowded',
      why: expect.stringMatching(arithmetic),
    });
    const told = bench.logger.lines.filter(({ message }) => message.includes('was refused'));
    expect(told).toMatchObject([{ level: 'error', fields: { err: { message: expect.stringMatching(arithmetic) } } }]);
    await bench.pass(5 * 60_000, 5000);
    await bench.until('the old plan goes on', async () => (await rows()) === FIRST_ROUND + 3);
    await bench.deliverPlan();
    expect((await bench.collector.status(true)).planRefused).toBeNull();
  });
});
