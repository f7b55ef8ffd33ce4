import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { plain } from '../kit/figures.ts';
import { processUse } from '../kit/process-use.ts';
import { NotWithin, within } from './child.ts';
import type { HttpClient } from './client.ts';
import { forgetPeak } from './programs.ts';
import type { Report } from './report.ts';

const LOOK_MS = 100;
const CREATED_S = 60;
const ROWS_A_SECOND = 100_000;
/** Memory that is flat grows by less than this, whatever the batch. */
const FLAT_MB = 100;
const NEWLINE = 10;

interface Batch {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
  readonly detail: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface BillingParts {
  readonly api: HttpClient;
  readonly bare: HttpClient;
  readonly pids: { readonly api: number; readonly figures: number };
  readonly report: Report;
  readonly meters: number;
  /** For each of the two steps. */
  readonly seconds: number;
}

/** A batch of all districts on a date: made, streamed, and its bytes held against its SHA-256. */
export async function billing(parts: BillingParts, date: string): Promise<void> {
  const batch = await created(parts, date);
  await within(parts.seconds, 'the batch streamed', streamed(parts, batch));
  await within(parts.seconds, 'the batch streamed again', checked(parts, batch));
}

async function created({ api, pids, report, meters, seconds }: BillingParts, date: string): Promise<Batch> {
  forgetPeak(pids.figures);
  const before = processUse(pids.figures);
  const begun = performance.now();
  const { id } = await api.json<Batch>('/billing/batches', { date });
  for (;;) {
    const batch = await api.json<Batch>(`/billing/batches/${id}`);
    const tookS = (performance.now() - begun) / 1000;
    if (batch.state === 'failed') throw new Error(`the batch failed: ${batch.detail}`);
    if (batch.state === 'ready') {
      const after = processUse(pids.figures);
      report.add({
        what: `billing batch of ${plain(batch.rows)} rows created`,
        measured: `${plain(tookS, 1)} s`,
        aim: `< ${CREATED_S} s for a million`,
        met: tookS < (CREATED_S * meters) / 1_000_000,
        baseline: `${plain(after.cpuS - before.cpuS, 1)} s of CPU in the figures process`,
      });
      report.add({
        what: 'memory of the figures process meanwhile',
        measured: `${plain(before.rssMb)} MB before, ${plain(after.peakRssMb)} MB at most`,
      });
      return batch;
    }
    if (tookS > seconds) throw new NotWithin(seconds, `the batch is ${batch.state}, ${plain(batch.progress * 100)} %`);
    await sleep(LOOK_MS);
  }
}

async function streamed({ api, bare, pids, report }: BillingParts, { id, rows }: Batch): Promise<void> {
  const path = `/billing/batches/${id}/reads?format=ndjson`;
  forgetPeak(pids.api);
  const before = processUse(pids.api);
  const begun = performance.now();
  let lines = 0;
  let bytes = 0;
  for await (const chunk of api.chunks(path)) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
  }
  const tookS = (performance.now() - begun) / 1000;
  const after = processUse(pids.api);
  if (lines !== rows + 1) throw new Error(`${lines} lines came for ${rows} rows and an end`);
  const same = await bare.timed(`/?bytes=${bytes}`);
  const perSecond = rows / tookS;
  report.add({
    what: `streamed as NDJSON, ${plain(bytes / rows)} bytes a row`,
    measured: `${plain(perSecond)} rows/s`,
    aim: `≥ ${plain(ROWS_A_SECOND)} rows/s`,
    met: perSecond >= ROWS_A_SECOND,
    baseline: `${plain(rows / (same.ms / 1000))} rows/s if a bare server sends as many bytes`,
    ratio: perSecond / (rows / (same.ms / 1000)),
  });
  const grownMb = after.peakRssMb - before.rssMb;
  report.add({
    what: 'memory of the API meanwhile',
    measured: `${plain(before.rssMb)} MB before, ${plain(after.peakRssMb)} MB at most`,
    aim: `flat: grows by less than ${FLAT_MB} MB`,
    met: grownMb < FLAT_MB,
  });
}

/** Throws when the rows are not those that the batch says they are. */
async function checked({ api, report }: BillingParts, { id, rows, sha256 }: Batch): Promise<void> {
  const hash = createHash('sha256');
  let rest = new Uint8Array();
  for await (const chunk of api.chunks(`/billing/batches/${id}/reads?format=ndjson`)) {
    // The last line is not of the rows, and is known only once there is no other.
    const joined = Buffer.concat([rest, chunk]);
    const end = joined.lastIndexOf(NEWLINE, -2) + 1;
    hash.update(joined.subarray(0, end));
    rest = joined.subarray(end);
  }
  const last = JSON.parse(Buffer.from(rest).toString()) as { rows: number; sha256: string };
  const found = hash.digest('hex');
  if (found !== sha256 || last.sha256 !== sha256 || last.rows !== rows) {
    throw new Error(`the rows have the SHA-256 ${found}, their end says ${last.sha256}, the batch ${sha256}`);
  }
  report.add({ what: 'SHA-256 of what came', measured: 'that of the batch' });
}
