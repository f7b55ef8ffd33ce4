import { CloudEvent } from '#contract/cloud-event.ts';

/** What receivers of webhooks are sent, as OpenAPI 3.1 describes it: requests that this server makes. */
export const SENT_TO_WEBHOOKS = {
  event: {
    post: {
      tags: ['integrators'],
      summary: 'An event, or several in an envelope of type meterway.events.batch.v1 (in its data.events)',
      parameters: ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
        ...{ name, in: 'header' as const, required: true, schema: { type: 'string' as const } },
        description: 'Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, one or two `v1,<base64>`',
      })),
      requestBody: { required: true, content: { 'application/cloudevents+json': { schema: CloudEvent } } },
      responses: {
        '2XX': { description: 'Taken' },
        '410': { description: 'Nothing more is wanted: the webhook is disabled' },
        default: { description: 'Sent again: after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h' },
      },
    },
  },
};
