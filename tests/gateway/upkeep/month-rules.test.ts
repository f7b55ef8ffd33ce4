import { expect, test } from 'vitest';
import { currentMonth, isDue, isExpired } from '../../../gateway/upkeep/month-rules.ts';

const RULES = { archiveAfterDays: 70, keepCurveMonths: 13, keepFreezeMonths: 60 };

test('a month is packed so many days after its end, and never when told so', () => {
  const end = Date.UTC(2026, 8, 1);
  const due = end + 70 * 86_400_000;
  expect(isDue('2026-08', due - 1, RULES)).toBe(false);
  expect(isDue('2026-08', due, RULES)).toBe(true);
  expect(isDue('2026-08', due, { ...RULES, archiveAfterDays: 0 })).toBe(false);
});

test('a month expires when so many whole months lie between it and the running one, by kind of reading', () => {
  expect(isExpired('2025-10', 'curve', '2026-11', RULES)).toBe(false);
  expect(isExpired('2025-09', 'curve', '2026-11', RULES)).toBe(true);
  expect(isExpired('2025-09', 'freeze', '2026-11', RULES)).toBe(false);
  expect(isExpired('2021-10', 'freeze', '2026-11', RULES)).toBe(true);
  expect(isExpired('1990-01', 'curve', '2026-11', { ...RULES, keepCurveMonths: 0 })).toBe(false);
});

test('a clock that is years ahead makes nothing older than the newest readings say', () => {
  const months = ['2026-09', '2026-11', '2026-10'];
  expect(currentMonth(months, Date.UTC(2099, 0, 1))).toBe('2026-11');
  expect(currentMonth(months, Date.UTC(2026, 9, 5))).toBe('2026-10');
  expect(currentMonth([], Date.UTC(2026, 9, 5))).toBe('2026-10');
});

test('readings of a month that stands alone, as a clock that was years ahead has left them, make nothing older', () => {
  const months = ['2026-09', '2026-10', '2026-11', '2099-01'];
  expect(currentMonth(months, Date.UTC(2099, 0, 5))).toBe('2026-11');
  expect(currentMonth([...months, '2026-12'], Date.UTC(2026, 11, 5)), 'also when it goes right again').toBe('2026-12');
  expect(currentMonth(['2026-11', '2028-03'], Date.UTC(2028, 2, 5)), 'one month alone proves nothing').toBe('2026-11');
  expect(currentMonth(['2026-11', '2028-03', '2028-04'], Date.UTC(2028, 3, 5))).toBe('2028-04');
});
