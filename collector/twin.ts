import type { CollectorStatus } from '#contract/status.ts';

/**
 * Whether this process has to give way to another one with the same id. Both hear the status of both, because it is
 * their common topic. Only what is told while this one listens shows that the other is alive beside it; what the broker
 * has retained may be the last word of a predecessor that was cut off. The one that started later gives way, by what
 * the two clocks say: both compare the same two numbers, so however wrong these are, one stays.
 */
export function mustGiveWay(
  own: Pick<CollectorStatus, 'instance' | 'startedAt'>,
  heard: Pick<CollectorStatus, 'instance' | 'startedAt' | 'online'>,
  retained: boolean,
): boolean {
  if (retained || heard.instance === own.instance || !heard.online) return false;
  if (heard.startedAt !== own.startedAt) return heard.startedAt < own.startedAt;
  return heard.instance < own.instance;
}
