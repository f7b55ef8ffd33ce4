import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
import { DLT645_1997_PROFILES, dlt645v1997Profile } from '../../../collector/profiles/dlt645-1997-profiles.ts';
import { dataItem1997 } from '../../../collector/protocols/dlt645-1997/reader.ts';

describe('the DL/T 645-1997 profiles', () => {
  it('are exactly the models of the contract, which keep nothing themselves', () => {
    const models = METER_MODELS.filter(({ protocol }) => protocol === 'dlt645-1997');
    expect(DLT645_1997_PROFILES.map(({ id, protocol, phases }) => ({ id, protocol, phases }))).toEqual(
      models.map(({ id, protocol, phases }) => ({ id, protocol, phases })),
    );
    expect(models.every(({ keepsDays }) => Object.keys(keepsDays).length === 0)).toBe(true);
    expect(dlt645v1997Profile('dlt645-1ph')).toBeUndefined();
  });

  it.each(DLT645_1997_PROFILES)('read every quantity from an identifier that they list: $id', (profile) => {
    const readable = profile.present.flatMap((di) => dataItem1997(di)?.fields ?? []).map(({ quantity }) => quantity);
    const missing = profile.quantities.filter((name) => name !== 'clock_offset_s' && !readable.includes(name));
    expect(missing).toEqual([]);
    expect(profile.present.every((di) => dataItem1997(di) !== null)).toBe(true);
    expect(new Set(profile.present).size).toBe(profile.present.length);
  });

  it.each(DLT645_1997_PROFILES)('name caveats and sources: $id', ({ caveats, sources }) => {
    expect(caveats.length).toBeGreaterThan(0);
    expect(sources.length).toBeGreaterThan(0);
  });
});
