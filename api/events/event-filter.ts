import { CENTRE_EVENT_TYPES, type CentreEvent, type CentreEventType } from '#contract/centre-event.ts';
import type { EventFilter } from '#stores/event-store.ts';
import { ApiProblem } from '../errors.ts';

export interface FilterQuery {
  readonly types?: string;
  readonly district?: string;
  readonly subject?: string;
}

/** The filter that a query asks for. Throws the problem `bad_request` for a type that there is not. */
export function filterOf({ types, district, subject }: FilterQuery): EventFilter {
  return {
    ...(types !== undefined && { types: types.split(',').map(typeNamed) }),
    ...(district !== undefined && { districts: [district] }),
    ...(subject !== undefined && { subject }),
  };
}

function typeNamed(name: string): CentreEventType {
  const known = CENTRE_EVENT_TYPES.find((type) => type === name);
  if (known) return known;
  throw new ApiProblem('bad_request', `there is no event type ${name}`, [
    { pointer: '/types', detail: `must be some of ${CENTRE_EVENT_TYPES.join(', ')}, separated by commas` },
  ]);
}

/** The same of one event as the table does of all. */
export function passes({ types, districts, subject }: EventFilter, event: CentreEvent): boolean {
  if (types && !types.includes(event.type)) return false;
  if (districts && event.district !== null && !districts.includes(event.district)) return false;
  return subject === undefined || event.subject === subject;
}
