import type { Metrics } from '../metrics.ts';
import type { MqttLink } from './mqtt-link.ts';

/** How the connection to the broker fares. The reasons are those of FAILURES. */
export function observeMqtt(metrics: Metrics, link: Pick<MqttLink, 'counts' | 'onState'>): void {
  const connected = metrics.gauge('mqtt_connected', '1 while connected to the broker');
  const connections = metrics.counter('mqtt_connections_total', 'Connections to the broker since the start');
  const lost = metrics.counter('mqtt_sessions_lost_total', 'Times the broker had forgotten a session it was to keep');
  const unheard = metrics.counter('mqtt_unheard_total', 'Messages sent that nobody had subscribed to; MQTT 5 only');
  const failures = metrics.counter('mqtt_failures_total', 'Attempts to connect that failed, by reason', ['reason']);
  link.onState((state) => connected.set(state ? 1 : 0));
  metrics.onScrape(() => {
    for (const [counter, count] of [
      [connections, link.counts.connections],
      [lost, link.counts.sessionsLost],
      [unheard, link.counts.unheard],
    ] as const) {
      counter.reset();
      counter.inc(count);
    }
    failures.reset();
    for (const [reason, count] of link.counts.failures) failures.inc({ reason }, count);
  });
}
