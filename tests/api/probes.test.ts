import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import { get, KEY, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeEach(async () => {
  seeded = await seededApp();
});
afterEach(() => seeded.close());

const SILENT = '100000000002';
const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;
const probe = (id: string) => api(`/supply-status/probes/${id}`);
const start = async (meter: string, key?: string) => {
  const headers = { authorization: `Bearer ${KEY}`, ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const answer = await seeded.app.inject({ method: 'POST', url: `/api/v1/supply-status/${meter}/probes`, headers });
  return { status: answer.statusCode, location: answer.headers['location'], json: answer.json() };
};

/** What the field would answer to the read of a meter in a job. */
const end = (job: string, meter: string, told: Partial<Record<QuantityName, number>> | Reason): Promise<number> => {
  const now = seeded.clock.now();
  const ending = typeof told === 'string' ? { values: null, reason: told } : { values: told, reason: null };
  return seeded.state.jobs.end(
    [{ job, meter, slot: now, meterTime: null, readAt: now, detail: '', ...ending }],
    'collector',
    now,
  );
};
const events = async (type: 'probe.step.v1' | 'supply.changed.v1'): Promise<Record<string, unknown>[]> =>
  (await seeded.state.events.after(0, 100, { types: [type] })).map(({ subject, data }) => ({ subject, ...data }));

test('a probe answers at once, and reads the meter at the first look', async () => {
  const { status, location, json } = await start(SILENT);
  expect([status, json.state, json.meter]).toEqual([202, 'reading', SILENT]);
  expect(location).toBe(`/api/v1/supply-status/probes/${json.id}`);
  const job = await seeded.state.jobs.get(json.id);
  expect(job?.job).toMatchObject({ kind: 'instant', slot: null, askedBy: 'k' });
  expect(job?.job.items).toEqual(expect.arrayContaining(['voltage_a_v', 'current_a_a', 'relay_open']));
  expect(await seeded.state.jobs.openMeters(json.id)).toEqual([SILENT]);
  expect(await probe(json.id)).toMatchObject({ state: 'reading', changed: false, supply: { verdict: 'unknown' } });
});

test('a meter with normal voltage and no current is the customer’s own side, and the change is told', async () => {
  const { id } = (await start(SILENT)).json;
  await end(id, SILENT, { voltage_a_v: 231, current_a_a: 0, relay_open: 0 });
  const json = await probe(id);
  expect(json).toMatchObject({
    state: 'done',
    changed: true,
    supply: { verdict: 'customerSide', confidence: 'high', hint: 'noLoad' },
  });
  expect(json.steps.map(({ step, state }: { step: string; state: string }) => [step, state])).toEqual([
    ['asked', 'unknown'],
    ['answered', 'lit'],
    ['done', 'customerSide'],
  ]);
  expect(await events('supply.changed.v1')).toEqual([
    { subject: SILENT, probe: id, from: 'unknown', to: 'customerSide' },
  ]);
});

test('two phases present and one missing is a partial outage', async () => {
  const { id } = (await start('100000000003')).json;
  await end(id, '100000000003', { voltage_a_v: 231, voltage_b_v: 1, voltage_c_v: 229, relay_open: 0 });
  expect((await probe(id)).supply.verdict).toBe('partialPhase');
});

test('when the meter is silent its neighbours are asked, step by step, and lit ones point to its own wire', async () => {
  const { id } = (await start(SILENT)).json;
  await end(id, SILENT, 'no_answer');
  expect(await probe(id)).toMatchObject({ state: 'neighbours' });
  // The one that is disconnected for arrears is not asked, and neither is the supply meter.
  expect(await seeded.state.jobs.openMeters(`${id}-n`)).toEqual(['100000000001', '100000000003']);
  await end(`${id}-n`, '100000000001', { voltage_a_v: 229 });
  expect(await probe(id)).toMatchObject({ state: 'neighbours' });
  await end(`${id}-n`, '100000000003', { voltage_a_v: 230 });
  const json = await probe(id);
  expect(json).toMatchObject({ state: 'done', supply: { verdict: 'unknown', hint: 'serviceOrMeter' } });
  expect(json.supply.evidence).toContainEqual(expect.objectContaining({ fact: 'neighbours_lit', detail: '2/2' }));
  const steps = (await events('probe.step.v1')).map((told) => `${told['step']} ${told['meter']}`);
  expect(steps).toEqual([
    `asked ${SILENT}`,
    `silent ${SILENT}`,
    `neighboursAsked ${SILENT}`,
    'neighbour 100000000001',
    'neighbour 100000000003',
    `done ${SILENT}`,
  ]);
});

test('steps go on without anybody asking, and each is told once', async () => {
  const { id } = (await start(SILENT)).json;
  await end(id, SILENT, 'no_answer');
  const steps = async () => (await events('probe.step.v1')).map((told) => told['step']);
  const reached = async (step: string): Promise<void> => {
    while (!(await steps()).includes(step)) await seeded.clock.advance(500);
  };
  await reached('neighboursAsked');
  for (const meter of ['100000000001', '100000000003']) await end(`${id}-n`, meter, 'no_answer');
  await reached('done');
  await probe(id);
  expect(await steps()).toEqual(['asked', 'silent', 'neighboursAsked', 'neighbour', 'neighbour', 'done']);
  expect((await probe(id)).supply).toMatchObject({ verdict: 'unknown', hint: 'probableGrid' });
});

test('repeating a request makes no second probe, and its name is good for one meter', async () => {
  const first = await start(SILENT, 'call-17');
  expect((await start(SILENT, 'call-17')).json.id).toBe(first.json.id);
  expect(await start('100000000001', 'call-17')).toMatchObject({ status: 409, json: { code: 'idempotency_conflict' } });
  expect((await start(SILENT)).json.id).not.toBe(first.json.id);
  expect((await events('probe.step.v1')).filter((told) => told['step'] === 'asked')).toHaveLength(2);
});

test('probe=auto answers from memory and names the probe; two callers at once share it', async () => {
  const ask = () => api(`/supply-status?meter=${SILENT}&probe=auto`);
  const [one, two] = [await ask(), await ask()];
  expect(one).toMatchObject({ verdict: 'unknown', probe: { state: 'reading' } });
  expect(two.probe.id).toBe(one.probe.id);
  expect((await api(`/supply-status?meter=${SILENT}`)).probe).toBeNull();
});

test('a job that is no probe is none', async () => {
  const headers = { authorization: `Bearer ${KEY}` };
  const reads = await seeded.app.inject({
    method: 'POST',
    url: '/api/v1/reads',
    headers,
    payload: { meters: [SILENT] },
  });
  expect(await probe(reads.json().id)).toMatchObject({ status: 404, code: 'unknown_probe' });
  expect(await probe('none')).toMatchObject({ code: 'unknown_probe' });
  expect((await start('none')).json).toMatchObject({ code: 'unknown_meter' });
});

test('an answer does not wait for a store that is busy, and none comes without a verdict', async () => {
  // The registry is in memory then: how long it takes to read is no matter of this clock.
  await api(`/supply-status?meter=${SILENT}`);
  const { jobs } = seeded.state;
  const add = jobs.add.bind(jobs);
  const asked = Promise.withResolvers<void>();
  jobs.add = async (...job) => {
    await asked.promise;
    return add(...job);
  };
  let isAnswered = false;
  const pending = api(`/supply-status?meter=${SILENT}&probe=auto`).finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) await seeded.clock.advance(10);
  const { probe: ref } = await pending;
  asked.resolve();
  await expect.poll(async () => (await probe(ref.id)).state).toBe('reading');
  jobs.add = () => Promise.reject(new Error('busy'));
  await seeded.clock.advance(60_000);
  expect(await api(`/supply-status?meter=${SILENT}&probe=auto`)).toMatchObject({ verdict: 'unknown', probe: null });
});
