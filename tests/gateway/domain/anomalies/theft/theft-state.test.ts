import { describe, expect, it } from 'vitest';
import { nextTheftState, type TheftState } from '#domain/anomalies/theft/theft-state.ts';

function judged(scores: readonly number[], known: TheftState | null = null): TheftState | null {
  return scores.reduce<TheftState | null>(
    (state, score, i) => nextTheftState(state, `2026-01-${String(i + 10).padStart(2, '0')}`, score),
    known,
  );
}

describe('a suspicion over days', () => {
  it('opens when the score is high on three days on end, not before', () => {
    expect(judged([80, 80])?.isOpen).toBe(false);
    expect(judged([80, 20, 80, 80])?.isOpen).toBe(false);
    expect(judged([80, 80, 80])?.isOpen).toBe(true);
  });

  it('ends when the score is low on seven days on end, and not in between', () => {
    const open = judged([80, 80, 80]);
    const low = (days: number): number[] => Array.from({ length: days }, () => 10);
    expect(judged([0, 0, 0, ...low(3)], open)?.isOpen).toBe(true);
    expect(judged([0, 0, 0, 50, ...low(6)], open)?.isOpen).toBe(true);
    expect(judged([0, 0, 0, ...low(7)], open)?.isOpen).toBe(false);
  });

  it('takes a day once', () => {
    const once = nextTheftState(null, '2026-01-10', 80);
    expect(nextTheftState(once, '2026-01-10', 80)).toBe(once);
    expect(nextTheftState(once, '2026-01-09', 80)).toBe(once);
  });
});
