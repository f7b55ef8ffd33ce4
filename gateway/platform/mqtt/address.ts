import { MeterwayError } from '../errors.ts';

export interface BrokerAddress {
  /** Host and port, fit to be logged. */
  readonly name: string;
  readonly tls: boolean;
}

/** Reads the broker's URL. Throws where a part of a password could be taken for host or port. */
export function brokerAddress(url: string): BrokerAddress {
  const parsed = URL.parse(url);
  const rest = parsed ? parsed.pathname + parsed.search + parsed.hash : '';
  if (parsed?.host && /^mqtts?:$/.test(parsed.protocol) && (rest === '' || rest === '/')) {
    return { name: parsed.host, tls: parsed.protocol === 'mqtts:' };
  }
  throw new MeterwayError('cannot use METERWAY_MQTT_URL: it must be mqtt://host:port or mqtts://host:port', {
    code: 'config_invalid',
  });
}
