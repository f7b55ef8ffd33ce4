import { describe, expect, it } from 'vitest';
import { collectorHealth, SILENT_MS, type ToldStatus } from '#domain/collection/collector-health.ts';
import { AT, status } from '../../stores/state-samples.ts';
import { registry } from '../site.ts';

const NOW = AT + 86_400_000;
const REGISTRY = registry({ collectors: [{ id: 'c1', district: 'd1' }] });

function told(over: Partial<ToldStatus> = {}): ToldStatus {
  return { district: 'd1', collector: 'c1', status: status({ at: NOW }), receivedAt: NOW, ...over };
}

const online = (...all: ToldStatus[]): boolean | undefined => collectorHealth(REGISTRY, all, NOW).get('c1')?.online;

describe('a collector', () => {
  it.each([
    ['an hour behind', -3_600_000],
    ['an hour ahead', 3_600_000],
  ])('whose own clock is %s is judged by when it was heard', (_what, off) => {
    expect(online(told({ status: status({ at: NOW + off }) }))).toBe(true);
    expect(online(told({ status: status({ at: NOW + off }), receivedAt: NOW - SILENT_MS }))).toBe(false);
  });

  it('is offline after two minutes of silence, or when its last will says so', () => {
    expect(online(told({ receivedAt: NOW - SILENT_MS + 1 }))).toBe(true);
    expect(online(told({ receivedAt: NOW - SILENT_MS }))).toBe(false);
    expect(online(told({ status: status({ online: false }) }))).toBe(false);
  });

  it('that was never heard of has no health', () => {
    expect(online()).toBeUndefined();
  });

  it('that has moved is not judged by what it said in its former district, whichever comes last', () => {
    const former = told({ district: 'd0', receivedAt: NOW - 86_400_000 });
    expect(online(former)).toBeUndefined();
    expect(online(told(), former)).toBe(true);
    expect(online(former, told())).toBe(true);
  });

  it('that is in no registry has none', () => {
    expect([...collectorHealth(REGISTRY, [told({ collector: 'c9' })], NOW)]).toEqual([]);
  });
});
