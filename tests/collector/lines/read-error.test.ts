import { expect, it } from 'vitest';
import type { Reason } from '#contract/reasons.ts';
import { MeterwayError } from '#platform/errors.ts';
import { malformedContent, ReadError } from '../../../collector/lines/read-error.ts';

it('a failed read names its reason as the code, and another attempt may mend it unless it says otherwise', () => {
  const error = new ReadError('no_answer', 'timeout 1200 ms');
  expect(error).toBeInstanceOf(MeterwayError);
  expect(error).toMatchObject({
    name: 'ReadError',
    code: 'no_answer',
    reason: 'no_answer',
    next: 'retry',
    detail: 'timeout 1200 ms',
    lastBytes: '',
  });
  expect(error.message).toBe('cannot read: no_answer (timeout 1200 ms)');
  expect(new ReadError('device_error', 'error 04', { next: 'skip' }).next).toBe('skip');
});

it('a meter that is silent or damaged on the way has not answered, one whose sound reply is of no use has', () => {
  const answered = (reason: Reason): boolean => new ReadError(reason, '').answered;
  expect((['no_answer', 'crc_error', 'malformed', 'wrong_address', 'line_down'] as const).some(answered)).toBe(false);
  const replies = ['implausible', 'stale_freeze', 'meter_clock_wrong', 'not_supported', 'device_error'] as const;
  expect(replies.every(answered)).toBe(true);
  expect(malformedContent('not BCD: 0A')).toMatchObject({ reason: 'malformed', answered: true, lastBytes: '' });
});

it('the last 64 bytes are kept, in upper-case hexadecimal', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i + 100);
  const { lastBytes } = new ReadError('crc_error', 'checksum', { lastBytes: bytes });
  expect(lastBytes).toBe(Buffer.from(bytes.subarray(36)).toString('hex').toUpperCase());
  expect(lastBytes).toMatch(/^[0-9A-F]{128}$/);
});

it('the cause is kept, and there is none where none was given', () => {
  const cause = new Error('EPIPE');
  expect(new ReadError('line_down', 'gone', { cause }).cause).toBe(cause);
  expect('cause' in new ReadError('line_down', 'gone')).toBe(false);
});
