import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { worldOf } from '../support/audit.ts';
import { EventStream } from '../support/event-stream.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, Program, Standalone } from '../support/standalone.ts';

/** After the evening peak: what the meters remember of it is read in the first minutes. */
const NOW = ['2026-11-20', '22:40:10'] as const;
/** Supply that is away for less than this is a reclosure; here it must not take a minute to be more. */
const MIN_DOWN_S = 5;

interface Incident {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly node: string;
  readonly nodeId: string;
  readonly phase: string | null;
  readonly parent: string | null;
  readonly customers: number;
}
interface Supply {
  readonly priority: readonly string[];
  readonly verdict: string;
  readonly hint: string | null;
  readonly script: { readonly zh: string; readonly en: string };
  readonly outage: { readonly id: string; readonly expectedAt: string | null } | null;
  readonly missing: readonly string[];
  readonly evidence: readonly { readonly fact: string; readonly ageS: number | null; readonly source: string }[];
  readonly probe: { readonly id: string } | null;
}
interface Probe {
  readonly state: string;
  readonly supply: Supply;
}

const dataDir = mkdtempSync(join(tmpdir(), 'meterway-hotline-'));
let site: Standalone;
let stream: EventStream;

beforeAll(async () => {
  await chooseDistrict();
  const env = { ...simulatedNow(...NOW), METERWAY_OUTAGE_MIN_DOWN_S: String(MIN_DOWN_S) };
  site = await Standalone.start({ dataDir, env });
  await eventually('every line but the one without a SIM is up', 60_000, async () => {
    const lines = (await site.get<{ items: { state: string }[] }>('/lines'))?.items ?? [];
    return lines.filter(({ state }) => state === 'up').length === 9;
  });
  stream = await EventStream.open(site);
  await eventually('meters have shown that they have supply', 60_000, async () => {
    const places = ['H1', 'H3', 'H5', 'H7', 'H8'].map((area) => customer(area, 3));
    const seen = await Promise.all(places.map((meter) => supplyOf(meter)));
    return seen.every((status) => status?.evidence.some(({ fact }) => fact !== 'silent'));
  });
});

afterAll(async () => {
  stream?.stop();
  await site?.clean();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A district is chosen when it is first put on the air; a start finds it in its data folder. */
async function chooseDistrict(): Promise<void> {
  const offset = simulatedNow(...NOW)['METERWAY_CLOCK_OFFSET_MS'] ?? '0';
  const args = ['--state-dir', join(dataDir, 'simulators'), '--clock-offset-ms', offset, '--scenario', 'hotline'];
  const simulators = new Program(['simulators/main.ts', ...args], {});
  try {
    await eventually('the district is made', 20_000, () => simulators.output.includes('"msg":"ready"'));
  } finally {
    simulators.process.kill('SIGTERM');
    await simulators.ended;
  }
}

/** Id of a customer's meter, by area and number in it; every tenth has three phases. */
function customer(area: string, seq: number): string {
  return `31${area.slice(1).padStart(4, '0')}${String(seq).padStart(6, '0')}`;
}

async function fault(id: string, body: object | null): Promise<void> {
  const url = `http://127.0.0.1:${site.run['simulatorControlPort']}/faults/${id}`;
  const answer = await fetch(url, body === null ? { method: 'DELETE' } : { method: 'PUT', body: JSON.stringify(body) });
  expect(answer.ok, `${id}: ${answer.status}`).toBe(true);
}

const supplyOf = (meter: string, more = ''): Promise<Supply | null> =>
  site.get<Supply>(`/supply-status?meterNo=${meter}${more}`);

async function incidents(query = ''): Promise<readonly Incident[]> {
  return (await site.get<{ items: Incident[] }>(`/outages?limit=100${query}`))?.items ?? [];
}

const named = ({ kind, node, nodeId }: Incident): string => `${kind} ${node} ${nodeId}`;

/** What a live read makes of it. */
async function probed(meter: string): Promise<Supply> {
  const { probe } = (await supplyOf(meter, '&probe=auto')) ?? {};
  if (!probe) throw new Error(`no probe of ${meter} was begun`);
  const done = await eventually(`the probe of ${meter} is done`, 60_000, async () => {
    const found = await site.get<Probe>(`/supply-status/probes/${probe.id}`);
    return found?.state === 'done' ? found : null;
  });
  expect(stream.of('probe.step.v1').some(({ subject }) => subject === probe.id)).toBe(true);
  return done.supply;
}

/** Incidents that were opened before the storm. */
const openedBefore = new Set<string>();
let stormAt = 0;

describe('a storm, told over the real processes', () => {
  it('takes two feeders and an area: three incidents, one event each, and a list that answers all the while', async () => {
    for (const { subject } of stream.of('outage.opened.v1')) openedBefore.add(subject);
    stormAt = Date.now();
    await fault('storm-f1', { kind: 'no-power', target: { feeder: 'F1' } });
    await fault('storm-f2', { kind: 'no-power', target: { feeder: 'F2' } });
    await fault('storm-h5', { kind: 'no-power', target: { area: 'H5' } });
    const wanted = ['outage area H5', 'outage feeder F1', 'outage feeder F2'];
    let slowestMs = 0;
    await eventually('the three incidents are open, and no other', 90_000, async () => {
      const begun = performance.now();
      const open = await incidents('&state=open&kind=outage');
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      return open.map(named).toSorted().join() === wanted.join();
    });
    expect(slowestMs).toBeLessThan(1000);
  });

  it('the mother whose child lies in an incubator is told within a second, first that she must be heeded', async () => {
    const no = worldOf(dataDir).spec.accounts.find(({ priority }) => priority === 'vulnerable')?.no;
    const begun = performance.now();
    const text = (await site.text(`/supply-status?accountNo=${no}`)) ?? '{}';
    expect(performance.now() - begun).toBeLessThan(1000);
    const status = JSON.parse(text) as Supply;
    expect(Object.keys(status)[0]).toBe('priority');
    expect(status).toMatchObject({ priority: ['vulnerable'], verdict: 'gridOutage' });
    expect(status.evidence.length).toBeGreaterThan(0);

    // Dispatch says when the generator comes; from then on it is what the agent may say.
    const outage = status.outage?.id ?? '';
    const noted = await fetch(`${site.url}/api/v1/outages/${encodeURIComponent(outage)}/notes`, {
      method: 'POST',
      headers: { authorization: site.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'expected', expectedAt: '2026-11-20T23:59:00+08:00' }),
    });
    expect(noted.status).toBe(201);
    const told = await eventually('the script tells the time', 10_000, async () => {
      const again = await site.get<Supply>(`/supply-status?accountNo=${no}`);
      return again?.script.zh.includes('23:59') ? again : null;
    });
    expect(told.script.en).toContain('23:59');
    await eventually('the note is announced', 10_000, () =>
      stream.of('outage.noted.v1').some(({ subject }) => subject === outage),
    );
  });
});

describe('a caller', () => {
  it('whose own breaker has tripped hears that there is voltage at the meter and no current', async () => {
    const meter = customer('H7', 2);
    const account = worldOf(dataDir).spec.meters.find(({ id }) => id === meter)?.account;
    await fault('own-breaker', { kind: 'breaker-open', target: { account } });
    expect(await probed(meter)).toMatchObject({ verdict: 'customerSide', outage: null });
  });

  it('in a building that has lost a phase hears so', async () => {
    await fault('lost-phase', { kind: 'phase-lost', target: { branch: 'H8/B2' }, phase: 'b' });
    // The tenth customer has three phases.
    expect((await probed(customer('H8', 10))).verdict).toBe('partialPhase');
    const found = await eventually('the lost phase is an incident', 90_000, async () =>
      (await incidents('&state=open&kind=phase-lost')).find(({ nodeId }) => nodeId.startsWith('H8')),
    );
    expect(found).toMatchObject({ node: 'branch', nodeId: 'H8/B2', phase: 'b' });
    await fault('lost-phase', null);
  });

  it('behind a concentrator without a SIM hears that nothing is known, and why', async () => {
    const found = await eventually('the failure of communication is known as one', 180_000, async () => {
      const all = await incidents('&kind=collection&state=open');
      const its = all.filter(({ nodeId }) => ['T-0810', 'H10', 'c1'].includes(nodeId));
      return its.length > 0 ? its : null;
    });
    expect(found.map(named)).toEqual(['collection concentrator T-0810']);
    const status = await supplyOf(customer('H10', 3));
    expect(status).toMatchObject({ verdict: 'unknown', hint: 'communication' });
    expect(status?.missing).toContain('communication');
    const others = (await incidents()).filter(({ nodeId }) => nodeId.includes('H10') || nodeId.startsWith('310010'));
    expect(others).toEqual([]);
  });
});

it('a transformer that runs over its rating every evening is found from the curve of its supply meter', async () => {
  const found = await eventually('the overload is an anomaly', 180_000, async () => {
    const { items } = (await site.get<{ items: { rule: string; meter: string }[] }>('/anomalies?limit=1000')) ?? {};
    const overloads = items?.filter(({ rule }) => rule === 'transformer_overloaded') ?? [];
    return overloads.length > 0 ? overloads : null;
  });
  expect(found.map(({ meter }) => meter)).toEqual(['310009900001']);
});

it('the storm ends where supply is back, and one box that stays dark inside the area is an incident of its own', async () => {
  const before = await incidents('&state=open&kind=outage');
  // Terminals keep whole minutes.
  await eventually('it has lasted for more than a minute', 70_000, () => Date.now() - stormAt > 65_000);
  const parent = before.find(({ nodeId }) => nodeId === 'H5')?.id;
  await fault('storm-h5-box', { kind: 'no-power', target: { box: 'H5/X1' } });
  for (const id of ['storm-f1', 'storm-f2', 'storm-h5']) await fault(id, null);
  await eventually('the three are restored', 90_000, async () => {
    const restored = await incidents('&state=restored&kind=outage');
    return before.every(({ id }) => restored.some((one) => one.id === id));
  });
  // All of its meters, and nothing else, whatever was known in between.
  const nested = await eventually('the box is left over', 240_000, async () => {
    const open = await incidents('&state=open&kind=outage');
    return open.map((one) => `${named(one)} ${one.customers}`).join() === 'outage box H5/X1 6' ? open : null;
  });
  expect(nested[0]?.parent).toBe(parent);
  await fault('storm-h5-box', null);

  // One event for each: what was opened once was not opened again.
  const opened = stream
    .of('outage.opened.v1')
    .filter(({ subject, data }) => data['kind'] === 'outage' && !openedBefore.has(subject));
  const subjects = opened.map(({ subject }) => subject);
  expect(subjects).toHaveLength(new Set(subjects).size);
  expect(new Set(subjects)).toEqual(new Set([...before, ...nested].map(({ id }) => id)));
  const restored = stream.of('outage.restored.v1').map(({ subject }) => subject);
  for (const { id } of before) expect(restored.filter((subject) => subject === id)).toHaveLength(1);
});
