import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '#contract/envelope.ts';
import { METER_MODELS } from '#contract/models.ts';
import { DLT645_PROFILES, dlt645Profile } from '../../../collector/profiles/dlt645-profiles.ts';
import { dataItem } from '../../../collector/protocols/dlt645/data-items.ts';
import { EVENT_SOURCES } from '../../../collector/protocols/dlt645/event-sources.ts';

describe('the DL/T 645 profiles', () => {
  it('are exactly the DL/T 645 models of the contract, with the same phases', () => {
    const models = METER_MODELS.filter(({ protocol }) => protocol === 'dlt645');
    expect(DLT645_PROFILES.map(({ id, protocol, phases }) => ({ id, protocol, phases }))).toEqual(
      models.map(({ id, protocol, phases }) => ({ id, protocol, phases })),
    );
    expect(dlt645Profile('sdm120')).toBeUndefined();
  });

  it.each(DLT645_PROFILES)('keep as many day freezes as the contract promises: $id', ({ id, freeze }) => {
    const model = METER_MODELS.find((one) => one.id === id);
    expect(freeze.kept).toBe(model?.keepsDays['freeze-day']);
  });

  it.each(DLT645_PROFILES)('read every quantity that they list from an identifier that they list: $id', (profile) => {
    const readable = new Set(
      profile.present.flatMap((di) => dataItem(di)?.fields ?? []).map(({ quantity }) => quantity),
    );
    readable.add('clock_offset_s');
    expect(profile.quantities.filter((name) => !readable.has(name))).toEqual([]);
    expect(new Set(profile.quantities).size).toBe(profile.quantities.length);
  });

  it.each(DLT645_PROFILES)('list only identifiers that the table knows, each of some use and once: $id', (profile) => {
    const wanted = new Set(profile.quantities);
    const all = [...profile.present, ...profile.freeze.blocks.map(({ series }) => series)];
    const useless = all.filter((di) => !dataItem(di)?.fields.some(({ quantity }) => wanted.has(quantity)));
    expect(useless).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('give phases B and C to three-phase models only', () => {
    const ofPhases = (id: string) =>
      dlt645Profile(id)?.quantities.filter((name) => name !== 'temperature_c' && /_[bc]_|_[bc]$/.test(name)).length;
    expect(ofPhases('dlt645-1ph')).toBe(0);
    expect(ofPhases('dlt645-3ph')).toBe(16);
  });

  it.each(DLT645_PROFILES)(
    'ask for events that the contract knows, of all phases at once: $id',
    ({ events, phases }) => {
      const sources = events.map((name) => EVENT_SOURCES[name]);
      const kinds = sources.flatMap(({ series }) => series.map(({ kind }) => kind));
      expect(kinds.every((kind) => EVENT_KINDS.includes(kind))).toBe(true);
      expect(sources.some(({ series }) => series.length === 3)).toBe(phases === 3);
      expect(kinds).toContain('power_down');
    },
  );

  it.each(DLT645_PROFILES)('freeze hourly values that the table knows: $id', ({ hourly, quantities }) => {
    const read = hourly.blocks.flatMap(({ series }) => dataItem(series)?.fields ?? []);
    expect(read.some(({ quantity }) => quantities.includes(quantity))).toBe(true);
    expect(hourly.kept).toBeLessThan(0xff);
  });

  it.each(DLT645_PROFILES)('ask for at most 9 records, where BCD and binary are the same: $id', ({ loadProfile }) => {
    expect(loadProfile.recordsPerRequest).toBeGreaterThan(0);
    expect(loadProfile.recordsPerRequest).toBeLessThan(10);
  });

  it.each(DLT645_PROFILES)('name caveats and sources: $id', ({ caveats, sources }) => {
    expect(caveats.length).toBeGreaterThan(0);
    expect(sources.length).toBeGreaterThan(0);
  });
});
