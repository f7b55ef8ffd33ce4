import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { get, seededApp, siteOf } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());
// What a test before had counted is no longer kept.
beforeEach(() => seeded.clock.advance(15_001));
afterEach(() => {
  vi.restoreAllMocks();
});

const ready = async () => {
  const { status, json } = await get(seeded.app, '/readyz', { authorization: '' });
  return [status, json.why];
};
const broken = () => Promise.reject(new Error('disk I/O error in /var/lib/meterway/centre/state.sqlite'));

test('an API is ready while each of its stores can be read, and says which cannot without naming files', async () => {
  expect(await ready()).toEqual([200, undefined]);
  vi.spyOn(seeded.readings, 'marks').mockImplementation(broken);
  expect(await ready()).toEqual([503, 'the readings cannot be read']);
  vi.spyOn(seeded.state.registry, 'version').mockImplementation(broken);
  expect(await ready()).toEqual([503, 'the state store cannot be read']);
});

test('many scrapes at a time count the ledger once, and again after 15 s', async () => {
  const tasks = siteOf().tasks.length;
  const marks = vi.spyOn(seeded.readings, 'marks');
  const scrape = async () => (await get(seeded.app, '/metrics', { authorization: '' })).text;
  const [first, second] = await Promise.all([scrape(), scrape(), scrape()]);
  expect(marks).toHaveBeenCalledTimes(tasks);
  expect(first).toContain('meterway_ledger_slots');
  expect(second).toContain('meterway_ledger_slots');
  await seeded.clock.advance(14_000);
  await scrape();
  expect(marks).toHaveBeenCalledTimes(tasks);
  await seeded.clock.advance(1001);
  await scrape();
  expect(marks).toHaveBeenCalledTimes(2 * tasks);
});

test('a task that cannot be counted is left out of the metrics, the rest is there', async () => {
  const { marks } = seeded.readings;
  vi.spyOn(seeded.readings, 'marks').mockImplementation((task, slots) =>
    task === 'profile' ? broken() : marks.call(seeded.readings, task, slots),
  );
  const { status, text } = await get(seeded.app, '/metrics', { authorization: '' });
  expect(status).toBe(200);
  expect(text).toMatch(/ledger_slots\{[^}]*task="freeze-day",state="due"/);
  expect(text).not.toMatch(/ledger_slots\{[^}]*task="profile"/);
});

test('the page of figures is worked out once in 15 s', async () => {
  const marks = vi.spyOn(seeded.readings, 'marks');
  await Promise.all([get(seeded.app, '/'), get(seeded.app, '/')]);
  const calls = marks.mock.calls.length;
  await get(seeded.app, '/');
  expect(marks).toHaveBeenCalledTimes(calls);
  expect(calls).toBe(5);
});
