import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
import { DLT698_PROFILES, dlt698Profile } from '../../../collector/profiles/dlt698-profiles.ts';
import { oadItem } from '../../../collector/protocols/dlt698/oad-items.ts';

describe('the DL/T 698.45 profiles', () => {
  it('are exactly the DL/T 698.45 models of the contract, with the same phases', () => {
    const models = METER_MODELS.filter(({ protocol }) => protocol === 'dlt698');
    expect(DLT698_PROFILES.map(({ id, protocol, phases }) => ({ id, protocol, phases }))).toEqual(
      models.map(({ id, protocol, phases }) => ({ id, protocol, phases })),
    );
    expect(dlt698Profile('sdm120')).toBeUndefined();
  });

  it.each(DLT698_PROFILES)('keep as many freezes as the contract promises: $id', ({ id, freezes }) => {
    const model = METER_MODELS.find((one) => one.id === id);
    expect(freezes.day.keptDays).toBe(model?.keepsDays['freeze-day']);
    expect(freezes.month.keptDays).toBe(model?.keepsDays['freeze-month']);
  });

  it.each(DLT698_PROFILES)('read every quantity that they list from an OAD that they list: $id', (profile) => {
    const readable = new Set(
      profile.present.flatMap((oad) => oadItem(oad)?.fields ?? []).map(({ quantity }) => quantity),
    );
    expect(profile.quantities.filter((name) => !readable.has(name))).toEqual([]);
    expect(new Set(profile.quantities).size).toBe(profile.quantities.length);
  });

  it.each(DLT698_PROFILES)('list only OADs that the table knows, each of some use and once: $id', (profile) => {
    const wanted = new Set(profile.quantities);
    for (const list of [profile.present, profile.freezes.columns.map(({ oad }) => oad)]) {
      expect(list.filter((oad) => !oadItem(oad)?.fields.some(({ quantity }) => wanted.has(quantity)))).toEqual([]);
      expect(new Set(list).size).toBe(list.length);
    }
    expect(profile.minuteFreeze.columns.filter(({ oad }) => !oadItem(oad))).toEqual([]);
  });

  it.each(DLT698_PROFILES)('ask for import at every freeze, and for rows that fit into an answer: $id', (profile) => {
    expect(profile.freezes.columns.filter(({ optional }) => !optional)).toEqual([{ oad: '00100200', optional: false }]);
    expect(profile.limits.listOads).toBeGreaterThan(0);
    expect(profile.limits.replyBytes).toBeLessThan(250);
  });

  it('give phases B and C to three-phase models only', () => {
    const ofPhases = (id: string) => dlt698Profile(id)?.quantities.filter((name) => /_[bc]_|_[bc]$/.test(name)).length;
    expect(ofPhases('dlt698-1ph')).toBe(0);
    expect(ofPhases('dlt698-3ph')).toBe(10);
  });

  it.each(DLT698_PROFILES)('name caveats and sources: $id', ({ caveats, sources }) => {
    expect(caveats.length).toBeGreaterThan(0);
    expect(sources.length).toBeGreaterThan(0);
  });
});
