import { Ack } from './ack.ts';
import { CloudEvent } from './cloud-event.ts';
import { EnvelopeHeader, EVENT_COLUMNS, OUTCOME_COLUMNS, READING_COLUMNS } from './envelope.ts';
import { Job } from './job.ts';
import { Plan } from './plan.ts';
import { Replay } from './replay.ts';
import { CollectorStatus } from './status.ts';
import { eventTopic, TOPIC_ROOT } from './topics.ts';

const CHANNELS = {
  rows: {
    address: 'up/rows',
    from: 'collector',
    summary:
      `Results, columnar. Leading columns: reading ${READING_COLUMNS.join(', ')}, then quantities; ` +
      `outcome ${OUTCOME_COLUMNS.join(', ')}; event ${EVENT_COLUMNS.join(', ')}. QoS 1.`,
    payload: EnvelopeHeader,
  },
  status: {
    address: 'up/status',
    from: 'collector',
    summary: 'What the collector says of itself; also its last will. QoS 1, retained.',
    payload: CollectorStatus,
  },
  ack: {
    address: 'down/ack',
    from: 'gateway',
    summary: 'Commit ack: only this tells a collector that it need not send again. QoS 1, retained.',
    payload: Ack,
  },
  plan: {
    address: 'down/plan',
    from: 'gateway',
    summary: 'Everything the collector must read. QoS 1, retained.',
    payload: Plan,
  },
  job: {
    address: 'down/job',
    from: 'gateway',
    summary: 'Reads on demand; each ends with one row in a batch with the id of the job. QoS 1, not retained.',
    payload: Job,
  },
  replay: {
    address: 'down/replay',
    from: 'gateway',
    summary: 'What was committed is to be sent again. QoS 1, retained; emptied when the collector has taken it.',
    payload: Replay,
  },
} as const;

const EVENTS =
  'What the centre tells the outside, in the order in which it was committed; an event of no district is told to each. ' +
  'QoS 1, not retained; after a restart of the gateway some come again with the same id.';

/** The AsyncAPI document of the MQTT contract, as `asyncapi.json` holds it. */
export function asyncApi(): object {
  const names = Object.keys(CHANNELS) as (keyof typeof CHANNELS)[];
  const district = { description: 'Id of the district' };
  const channels: [string, object][] = names.map((name) => {
    const { address, payload, summary } = CHANNELS[name];
    const parameters = {
      district,
      collector: { description: 'Id of the collector; it is the sender, whatever the payload says' },
    };
    const message = { name, summary, contentType: 'application/json', payload };
    return [
      name,
      { address: `${TOPIC_ROOT}/{district}/{collector}/${address}`, parameters, messages: { [name]: message } },
    ];
  });
  const operations: [string, object][] = names.map((name) => [
    `${CHANNELS[name].from}-sends-${name}`,
    { action: 'send', channel: { $ref: `#/channels/${name}` }, summary: CHANNELS[name].summary },
  ]);
  const event = { name: 'event', summary: EVENTS, contentType: 'application/cloudevents+json', payload: CloudEvent };
  channels.push(['events', { address: eventTopic('{district}'), parameters: { district }, messages: { event } }]);
  operations.push([
    'gateway-sends-events',
    { action: 'send', channel: { $ref: '#/channels/events' }, summary: EVENTS },
  ]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Meterway between collectors and gateway, and what the centre tells', version: '1' },
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
  };
}
