import { expect, it } from 'vitest';
import { clockAt, local, meterOf, readerOn, taskOf } from './reader-support.ts';

it('a meter with the broadcast address in the plan fails by itself: nothing is sent, and the line goes on', async () => {
  const { reader, line } = readerOn(() => null, clockAt(local('2026-11-20 10:00')));
  const meter = { ...meterOf('dlt645-1ph'), address: '999999999999' };
  const failure = expect.objectContaining({ name: 'ReadError', reason: 'not_supported', next: 'skip' });
  await expect(reader.probe(meter)).rejects.toEqual(failure);
  await expect(reader.read(meter, taskOf('instant'), local('2026-11-20 10:00'))).rejects.toEqual(failure);
  expect(line.requests).toEqual([]);
});
