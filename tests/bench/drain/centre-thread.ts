import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import { ackOf, advance, freshMark } from '../../../gateway/ingest/marks.ts';
import type { FromCentre } from './centre.ts';
import { LIVE } from './rows.ts';

/** Decodes and judges envelopes and acks them as the gateway does, without a store behind it. */
let mark = freshMark('c1', '');
const delaysMs: number[] = [];
let old = 0;

function say(message: FromCentre): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (text: string | null) => {
  if (text === null) {
    say({ kind: 'told', old, delaysMs });
    return;
  }
  const decoded = decodeEnvelope(Buffer.from(text));
  if (!decoded.ok) throw new Error(decoded.why);
  const { epoch, seq, count, oldest, batches, rejects } = decoded.envelope;
  if (rejects.length > 0) throw new Error(rejects[0]?.why);
  const now = performance.timeOrigin + performance.now();
  for (const batch of batches) {
    if (batch.stream !== 'reading') continue;
    for (const { meter, readAt } of batch.rows) {
      if (meter.startsWith(LIVE)) delaysMs.push(now - readAt);
      else old++;
    }
  }
  mark = advance({ ...mark, epoch }, seq, seq + count - 1, oldest);
  say({ kind: 'ack', ack: ackOf(mark) });
});
