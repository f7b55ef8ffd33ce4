import type { CentreEvent } from '#contract/centre-event.ts';
import { cloudEvent, sourceOf } from '#contract/cloud-event.ts';

/** Type of the envelope in which several events go out together. */
export const BATCH_TYPE = 'meterway.events.batch.v1';
/** Type of what `POST /webhooks/{id}/test` sends. */
export const TEST_TYPE = 'meterway.webhook.test.v1';
export const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** What a delivery says: the one event, or an envelope around several; the same text at every attempt. */
export function bodyOf(id: string, events: readonly CentreEvent[], site: string): string {
  const [only, second] = events;
  if (only && !second) return JSON.stringify(cloudEvent(only, site));
  const at = Math.max(...events.map(({ committedAt }) => committedAt));
  return envelope(id, BATCH_TYPE, site, at, { events: events.map((event) => cloudEvent(event, site)) });
}

export function testBody(id: string, site: string, webhook: string, at: number): string {
  return envelope(id, TEST_TYPE, site, at, { webhook });
}

function envelope(id: string, type: string, site: string, at: number, data: object): string {
  return JSON.stringify({
    ...{ specversion: '1.0', id, source: sourceOf(site), type, time: new Date(at).toISOString() },
    ...{ datacontenttype: 'application/json', data },
  });
}
