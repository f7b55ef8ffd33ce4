import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, Standalone } from '../support/standalone.ts';

let running: Standalone | null = null;
afterEach(async () => {
  await running?.clean();
  running = null;
});

interface Job {
  readonly id: string;
  readonly state: string;
  readonly counts: {
    readonly queried: number;
    readonly responded: number;
    readonly failed: number;
    readonly pending: number;
  };
}
interface Summary {
  readonly total: { readonly answeredFirst: number; readonly answeredRetry: number; readonly answeredLate: number };
}
interface Results {
  readonly items: {
    readonly meter: string;
    readonly values: Record<string, number> | null;
    readonly reason: { readonly code: string } | null;
  }[];
}

/** A district at work on the reads of its first day. */
async function district(): Promise<Standalone> {
  running = await Standalone.start();
  const standalone = running;
  await eventually('the district is being read', 60_000, async () => {
    const { total } = (await standalone.get<Summary>('/collection/summary?task=freeze-day')) ?? {};
    return total && total.answeredFirst + total.answeredRetry + total.answeredLate > 20;
  });
  return standalone;
}

async function ask(
  standalone: Standalone,
  body: object,
  name?: string,
  path = '/reads',
): Promise<{ status: number; job: Job }> {
  const key = readFileSync(join(standalone.dataDir, 'admin-key'), 'utf8').trim();
  const response = await fetch(`${standalone.url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(name !== undefined && { 'idempotency-key': name }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, job: (await response.json()) as Job };
}

const done = (standalone: Standalone, id: string, deadlineMs: number): Promise<Job> =>
  eventually(`job ${id} is done`, deadlineMs, async () => {
    const job = await standalone.get<Job>(`/jobs/${id}`);
    return job?.state === 'done' ? job : null;
  });

describe('a read on demand of a running district', () => {
  it('brings values within seconds, one job for one name, and a reason for a dead meter', async () => {
    const standalone = await district();
    const meters = ['310001000001', '310001000003'];
    const begun = Date.now();
    const { status, job } = await ask(standalone, { meters, items: ['energy_import_wh', 'voltage_a_v'] }, 'call-1');
    expect(status).toBe(202);
    expect((await done(standalone, job.id, 30_000)).counts).toEqual({
      queried: 2,
      responded: 2,
      failed: 0,
      pending: 0,
      rejected: 0,
    });
    const tookMs = Date.now() - begun;
    const { items } = (await standalone.get<Results>(`/jobs/${job.id}/results`)) ?? { items: [] };
    expect(items.map(({ meter }) => meter)).toEqual(meters);
    for (const { values } of items) {
      expect(values?.['energy_import_wh']).toBeGreaterThan(0);
      expect(values?.['voltage_a_v']).toBeGreaterThan(150);
    }
    // Before everything that a line busy with its first day has to do.
    expect(tookMs).toBeLessThan(10_000);
    const again = await ask(standalone, { meters, items: ['energy_import_wh', 'voltage_a_v'] }, 'call-1');
    expect(again.job.id).toBe(job.id);

    // This one is dead from the beginning.
    const dead = await ask(standalone, { meters: ['310004000008'], timeoutS: 30 });
    expect((await done(standalone, dead.job.id, 40_000)).counts).toMatchObject({ responded: 0, failed: 1 });
    const told = await standalone.get<Results>(`/jobs/${dead.job.id}/results`);
    expect(told?.items[0]?.reason?.code).toBe('no_answer');
  });

  it('asked for while the gateway is away is done when it is back', async () => {
    const standalone = await district();
    const { gateway } = standalone.pids;
    process.kill(gateway ?? 0, 'SIGKILL');
    const { status, job } = await ask(standalone, { meters: ['310001000001'], timeoutS: 120 });
    expect(status).toBe(202);
    expect((await done(standalone, job.id, 60_000)).counts).toMatchObject({ queried: 1, responded: 1 });
  });

  it('of a freeze that failed (补抄) fails as long as the meter is dead, and counts for its day once it answers', async () => {
    const standalone = await district();
    const meter = '310004000008';
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
    const retry = (): Promise<{ status: number; job: Job }> =>
      ask(standalone, { date, scope: { meters: [meter] } }, undefined, '/collection/retries');
    const isFailing = async (): Promise<boolean> => {
      const path = `/collection/failures?date=${date}&limit=1000`;
      const { items } = (await standalone.get<{ items: { meter: string }[] }>(path)) ?? {};
      return items?.some((row) => row.meter === meter) ?? false;
    };
    await eventually('the dead meter is a failure', 120_000, isFailing);
    const dead = await retry();
    expect(dead.status).toBe(202);
    expect((await done(standalone, dead.job.id, 120_000)).counts).toMatchObject({ queried: 1, failed: 1 });
    expect(await isFailing()).toBe(true);

    const control = `http://127.0.0.1:${standalone.run['simulatorControlPort']}`;
    expect((await fetch(`${control}/faults/a4-dead`, { method: 'DELETE' })).status).toBe(204);
    const { job } = await retry();
    expect((await done(standalone, job.id, 120_000)).counts).toMatchObject({ queried: 1, responded: 1, pending: 0 });
    await eventually('the figures of the day have it', 5000, async () => !(await isFailing()));
  });
});
