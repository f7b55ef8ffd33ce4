import { Type } from 'typebox';
import { CloudEvent } from '#contract/cloud-event.ts';
import { IdText, listOf } from './common.ts';

export const Position = Type.String({
  pattern: '^[0-9]{1,15}$',
  description: 'Position of an event, as `position` and `nextCursor` say it',
});

/** What events are asked for by. */
export const EventFilterQuery = {
  types: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Types, separated by commas; all when left out' }),
  ),
  district: Type.Optional(IdText),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 160, description: 'Id of what the events are about' })),
};

export const ChangesShape = listOf(CloudEvent, {
  hasMore: Type.Boolean({ description: 'true: ask again at once, with nextCursor as `after`' }),
});

/** Says what a stream is; its events are `CloudEvent` each. */
export const StreamShape = Type.String({
  description:
    'Server-sent events: `id` is the position, `event` the type, `data` a CloudEvent. Beside them come `heartbeat` ' +
    '(every 15 s) and `gap` (what followed the position that was asked for is not there any more)',
});
