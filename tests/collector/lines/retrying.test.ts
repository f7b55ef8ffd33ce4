import { describe, expect, it } from 'vitest';
import type { Reason } from '#contract/reasons.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { retrying } from '../../../collector/lines/retrying.ts';

/** A request that fails as told, one after the other, and then succeeds. */
function failing(...errors: unknown[]) {
  const sent = { count: 0 };
  const ask = async (): Promise<string> => {
    const error = errors[sent.count++];
    if (error !== undefined) throw error;
    return 'value';
  };
  return { sent, ask };
}

const damaged = new ReadError('crc_error', 'checksum');
const silent = new ReadError('no_answer', 'timeout');

describe('a request', () => {
  it('that succeeds is sent once', async () => {
    const { sent, ask } = failing();
    expect(await retrying(() => 3, ask)).toBe('value');
    expect(sent.count).toBe(1);
  });

  it('is sent as often as its reason allows, and no more', async () => {
    const { sent, ask } = failing(damaged, damaged);
    expect(await retrying(() => 3, ask)).toBe('value');
    expect(sent.count).toBe(3);
    const worse = failing(damaged, damaged, damaged);
    await expect(retrying(() => 3, worse.ask)).rejects.toBe(damaged);
    expect(worse.sent.count).toBe(3);
  });

  it('is judged by the reason of its last failure', async () => {
    const tries = (reason: Reason): number => (reason === 'no_answer' ? 1 : 3);
    const { sent, ask } = failing(damaged, silent);
    await expect(retrying(tries, ask)).rejects.toBe(silent);
    expect(sent.count).toBe(2);
  });

  it.each(['skip', 'reconnect', 'stop'] as const)('whose failure says %s is not sent again', async (next) => {
    const error = new ReadError('device_error', 'refused', { next });
    const { sent, ask } = failing(error);
    await expect(retrying(() => 3, ask)).rejects.toBe(error);
    expect(sent.count).toBe(1);
  });

  it('that a meter is too busy for is sent again after a rest, and not at all without one', async () => {
    const busy = new ReadError('device_error', 'exception 6');
    const rests: number[] = [];
    const rested = failing(busy, damaged, busy);
    const rest = async (sent: number): Promise<void> => void rests.push(sent);
    expect(await retrying(() => 4, rested.ask, rest)).toBe('value');
    expect(rests).toEqual([1, 3]);
    const pressed = failing(busy);
    await expect(retrying(() => 4, pressed.ask)).rejects.toBe(busy);
    expect(pressed.sent.count).toBe(1);
  });

  it('that fails by a bug is not sent again', async () => {
    const { sent, ask } = failing(new RangeError('off by one'));
    await expect(retrying(() => 3, ask)).rejects.toThrow('off by one');
    expect(sent.count).toBe(1);
  });
});
