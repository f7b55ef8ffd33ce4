import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { RowPlaces } from '#domain/collection/row-places.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { FoldedDays } from '../../api/queries/folded-days.ts';
import { KeptColumns } from '../../api/queries/kept-columns.ts';
import { registry } from '../gateway/domain/site.ts';

const HEAD = { task: 'freeze-day', date: '2026-11-20', slots: [0], rows: 0, version: 3 };

it('counts of a day are held while it is the same, and keep neither its columns nor its registry alive', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const folded = new FoldedDays();
  const weak = ((): WeakRef<object>[] => {
    const places = new RowPlaces(new RegistryIndex(registry({ meters: [] })), []);
    const columns = new KeptColumns(HEAD);
    const basis = { of: [places, columns], as: '3', now: 0 };
    const numbers = new Uint32Array(0);
    folded.keep('a day', basis, numbers);
    expect(folded.get('a day', basis)).toBe(numbers);
    expect(folded.get('a day', { ...basis, as: '4' })).toBeNull();
    expect(folded.get('a day', basis)).toBeNull();
    folded.keep('a day', basis, numbers);
    return [new WeakRef(places), new WeakRef(columns)];
  })();
  // What a WeakRef was made of lives until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(weak.map((each) => each.deref())).toEqual([undefined, undefined]);
});
