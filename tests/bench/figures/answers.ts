import { setTimeout as sleep } from 'node:timers/promises';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { plain } from '../kit/figures.ts';
import { processUse } from '../kit/process-use.ts';
import { NotWithin, within } from './child.ts';
import { type HttpClient, quantile, type Times } from './client.ts';
import type { Report } from './report.ts';

const REQUESTS = 40;
/** What is kept is looked at anew after 250 ms. */
const PAUSE_MS = 260;
const SECONDS = 120;
const COLD_S = 400;
const SUMMARY_MS = 50;
const FAILURES_MS = 100;

export interface Servers {
  readonly api: HttpClient;
  /** Of the API. */
  readonly pid: number;
  readonly bare: HttpClient;
}

/** Every grouping of the summary on a day that is complete, and other figures of it. The very first question reads the registry. */
export async function summaryAnswers(
  servers: Servers,
  report: Report,
  { from, date }: { readonly from: string; readonly date: string },
): Promise<void> {
  const { api, pid } = servers;
  const before = processUse(pid).cpuS;
  const begun = performance.now();
  const refused = await firstAnswer(api, `/collection/summary?date=${date}`);
  const tookS = `${plain((performance.now() - begun) / 1000, 1)} s`;
  report.add({
    what: 'the first answer after the start of the API',
    measured: `${tookS}, ${plain(processUse(pid).cpuS - before, 1)} s of CPU`,
    ...(refused > 0 && { baseline: `${refused} questions before were given up by the API` }),
  });
  for (const grouping of GROUPINGS) {
    const path = `/collection/summary?date=${date}&groupBy=${grouping}`;
    await answer(servers, report, `summary by ${grouping}`, path, SUMMARY_MS);
  }
  const worst = `/collection/summary?date=${date}&groupBy=area&sort=successRate&limit=100`;
  await answer(servers, report, 'summary by area, the 100 worst', worst, SUMMARY_MS);
  const feeder = `/collection/summary?date=${date}&groupBy=area&feeder=F1`;
  await answer(servers, report, 'summary of a feeder by area', feeder, SUMMARY_MS);
  const range = `/collection/summary?from=${from}&to=${date}&groupBy=district`;
  await answer(servers, report, 'summary of all days by district', range);
  await answer(servers, report, 'arrival of a day', `/collection/arrival?date=${date}`);
}

/** Asks until there is an answer; gives how often there was none. The API closes a connection that waits too long. */
async function firstAnswer(api: HttpClient, path: string): Promise<number> {
  const until = performance.now() + COLD_S * 1000;
  for (let refused = 0; ; refused++) {
    const left = Math.max(1, (until - performance.now()) / 1000);
    const answered = await within(left, 'the registry read', api.timed(path)).catch((error: unknown) => {
      if (error instanceof NotWithin || performance.now() > until) throw error;
      return null;
    });
    if (answered) return refused;
    await sleep(PAUSE_MS);
  }
}

export async function failureAnswers(servers: Servers, report: Report, date: string): Promise<void> {
  for (const groupBy of ['cause', 'meter']) {
    const path = `/collection/failures?date=${date}&groupBy=${groupBy}`;
    await answer(servers, report, `failures by ${groupBy}, first page`, path, FAILURES_MS);
  }
}

export async function lossAnswers(servers: Servers, report: Report, date: string): Promise<void> {
  const { total, items } = await servers.api.json<{ total: number; items: readonly unknown[] }>(
    `/line-loss/areas?date=${date}`,
  );
  const what = `line loss, first page: ${items.length} of ${plain(total)} areas`;
  await answer(servers, report, what, `/line-loss/areas?date=${date}`);
}

async function answer({ api, bare, pid }: Servers, report: Report, what: string, path: string, aimMs?: number) {
  const before = processUse(pid).cpuS;
  const times = await api.times(path, REQUESTS, { seconds: SECONDS, pauseMs: PAUSE_MS });
  const cpuMs = ((processUse(pid).cpuS - before) * 1000) / times.asked;
  const same = await bare.times(`/?bytes=${times.bytes}`, REQUESTS, { seconds: SECONDS });
  report.add({
    what,
    measured: `${textOf(times)}, CPU ${plain(cpuMs, 1)} ms`,
    ...(aimMs !== undefined && { aim: `p95 < ${aimMs} ms`, met: times.p95 < aimMs }),
    baseline: `${plain(same.p50, 2)} ms for the same ${plain(times.bytes / 1024)} KiB from a bare server`,
    ratio: times.p50 / same.p50,
  });
}

function textOf({ first, p50, p95 }: Times): string {
  return `p50 ${plain(p50, 1)} ms, p95 ${plain(p95, 1)} ms, first ${plain(first)} ms`;
}

/** Questions about a day while it comes in, in turn, until `work` is done. */
export async function answersMeanwhile(
  api: HttpClient,
  report: Report,
  date: string,
  work: Promise<unknown>,
): Promise<void> {
  const asked = {
    'summary by area': `/collection/summary?date=${date}&groupBy=area`,
    'failures by cause': `/collection/failures?date=${date}&groupBy=cause`,
  };
  const times = new Map<string, number[]>(Object.keys(asked).map((name) => [name, []]));
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  while (!isDone) {
    for (const [name, path] of Object.entries(asked)) {
      const { ms } = await api.timed(path).catch(() => ({ ms: Number.NaN }));
      times.get(name)?.push(ms);
      await sleep(PAUSE_MS);
    }
  }
  for (const [name, found] of times) {
    const measured = `p50 ${plain(quantile(found, 0.5))} ms, p95 ${plain(quantile(found, 0.95))} ms of ${found.length}`;
    report.add({ what: `${name} of the day that comes in`, measured });
  }
}
