import { isId } from './ids.ts';

/** `meterway/v1/<district>/<collector>/…`: who speaks is named by the topic, never by the payload. */
export const TOPIC_ROOT = 'meterway/v1';

export const CHANNELS = ['up/rows', 'up/status', 'down/ack', 'down/plan', 'down/job', 'down/replay'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface TopicName {
  readonly district: string;
  readonly collector: string;
  readonly channel: Channel;
}

export function topic(district: string, collector: string, channel: Channel): string {
  return `${TOPIC_ROOT}/${district}/${collector}/${channel}`;
}

/** Filter for one channel of every collector of a district; `+` for all districts. */
export function topicFilter(district: string | '+', channel: Channel): string {
  return `${TOPIC_ROOT}/${district}/+/${channel}`;
}

/** What the centre tells of a district; whoever is let hears it, only the gateway may say it. */
export function eventTopic(district: string): string {
  return `${TOPIC_ROOT}/${district}/events`;
}

/** Parts of a topic of a collector, or null when it is none. */
export function parseTopic(name: string): TopicName | null {
  const [root, version, district, collector, direction, last, ...rest] = name.split('/');
  if (`${root}/${version}` !== TOPIC_ROOT || rest.length > 0) return null;
  const channel = CHANNELS.find((known) => known === `${direction}/${last}`);
  return channel && isId(district) && isId(collector) ? { district, collector, channel } : null;
}
