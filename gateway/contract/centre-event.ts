/** What the centre tells the outside, by SSE, webhooks, MQTT and `/changes`. A type never changes its meaning. */
export const CENTRE_EVENT_TYPES = [
  'outage.unconfirmed.v1',
  'outage.opened.v1',
  'outage.changed.v1',
  'outage.restored.v1',
  'outage.dismissed.v1',
  'outage.noted.v1',
  'anomaly.opened.v1',
  'anomaly.closed.v1',
  'anomaly.judged.v1',
  'collection.day-closed.v1',
  'collector.offline.v1',
  'collector.online.v1',
  'billing.batch-ready.v1',
  'supply.changed.v1',
  'probe.step.v1',
] as const;
export type CentreEventType = (typeof CENTRE_EVENT_TYPES)[number];

/** For whoever watches one call while it goes on; a receiver gets them only when it names them. */
const PASSING_TYPES: readonly CentreEventType[] = ['supply.changed.v1', 'probe.step.v1'];

/** What a receiver gets that names no types. */
export const USUAL_EVENT_TYPES = CENTRE_EVENT_TYPES.filter((type) => !PASSING_TYPES.includes(type));

/** An event as it is handed over, to be written in the transaction of the change that it tells. */
export interface NewCentreEvent {
  readonly type: CentreEventType;
  /** When it happened, UTC ms. */
  readonly at: number;
  readonly district: string | null;
  /** Id of what it is about: an outage, an anomaly, a date, a collector, a batch, a meter. */
  readonly subject: string;
  /** When the centre had the first fact for it, UTC ms; null where there is no such moment. */
  readonly evidenceAt: number | null;
  /** Thin: ids, states, counts and times; whoever wants more asks for the subject. */
  readonly data: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

export interface CentreEvent extends NewCentreEvent {
  /** Rises with every event. */
  readonly position: number;
  /** The same for every delivery of the event, on every way. */
  readonly id: string;
  /** When it was committed, by the clock of the centre, UTC ms. */
  readonly committedAt: number;
}
