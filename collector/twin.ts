import type { CollectorStatus } from '#contract/status.ts';

/**
 * Whether this process has to give way to another one with the same id. Both hear the status of both, because it is
 * their common topic. A status that another instance published after this one started shows that the other is alive
 * beside it: a predecessor that ended would have spoken before. The one that started later gives way.
 */
export function mustGiveWay(
  own: Pick<CollectorStatus, 'instance' | 'startedAt'>,
  heard: Pick<CollectorStatus, 'instance' | 'startedAt' | 'at' | 'online'>,
): boolean {
  if (heard.instance === own.instance || !heard.online || heard.at <= own.startedAt) return false;
  if (heard.startedAt !== own.startedAt) return heard.startedAt < own.startedAt;
  return heard.instance < own.instance;
}
