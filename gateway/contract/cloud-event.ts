import { type Static, Type } from 'typebox';
import { CENTRE_EVENT_TYPES, type CentreEvent } from './centre-event.ts';
import { ID_PATTERN } from './ids.ts';

const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null(), Type.Array(Type.String())]);

/**
 * An event as it is told to the outside: CloudEvents 1.0 in JSON. `district` and `position` are extension attributes;
 * an attribute without a value is left out, as the specification has it.
 */
export const CloudEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({
      description: 'The same on every way and at every repetition: by it, receivers drop repetitions',
    }),
    source: Type.String({ description: 'URI reference: meterway/ and the name of the site' }),
    type: Type.Enum([...CENTRE_EVENT_TYPES]),
    subject: Type.String({ description: 'Id of what it is about: an outage, anomaly, date, collector, batch, meter' }),
    time: Type.String({ format: 'date-time', description: 'When it happened' }),
    datacontenttype: Type.Literal('application/json'),
    district: Type.Optional(
      Type.String({ pattern: ID_PATTERN, description: 'Left out where it concerns all districts' }),
    ),
    position: Type.String({ description: 'Rises with every event; what Last-Event-ID and `after` take' }),
    data: Type.Record(Type.String(), Value, {
      description: 'Ids, states, counts and times; ask for the subject to know more',
    }),
  },
  { additionalProperties: false },
);
export type CloudEvent = Static<typeof CloudEvent>;

export function cloudEvent(event: CentreEvent, site: string): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: sourceOf(site),
    type: event.type,
    subject: event.subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    ...(event.district !== null && { district: event.district }),
    position: String(event.position),
    data: { ...event.data } as CloudEvent['data'],
  };
}

/** The `source` of all events of a site. */
export function sourceOf(site: string): string {
  return `meterway/${encodeURIComponent(site)}`;
}
