import { expect, it } from 'vitest';
import { MAX_ENVELOPE_BYTES } from '#contract/envelope.ts';
import { encodeWire } from '#contract/envelope-codec.ts';
import { fitting } from '../../../collector/spool/fitting.ts';
import { batchesOf } from '../../../collector/spool/record.ts';

it('an envelope of many batches with the longest names is not larger than the centre takes', () => {
  const records = Array.from({ length: 500 }, (_, i) => ({
    stream: 'outcome' as const,
    task: 't'.repeat(64),
    job: `${i % 60}`.padEnd(64, 'j'),
    columns: ['meter', 'slot', 'at', 'reason', 'detail', 'attempts', 'lastBytes', 'final'],
    row: ['m'.repeat(64), 1, 1, 'no_answer', 'd'.repeat(170), 1, '', false],
    seq: i + 1,
  }));
  const portion = fitting({ from: 1, to: 500, records });
  const header = { epoch: 'e'.repeat(64), seq: 1, count: portion.to, oldest: 1, sentAt: 1_795_000_000_000 };
  const bytes = Buffer.byteLength(encodeWire(header, batchesOf(portion.records)));
  expect(bytes).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
  expect(bytes).toBeGreaterThan(MAX_ENVELOPE_BYTES * 0.97);
});
