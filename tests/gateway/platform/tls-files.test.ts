import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { type MqttFiles, NO_FILES } from '#platform/mqtt/options.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const scratch = scratchPaths();

function open(url: string, files: Partial<MqttFiles>): MqttLink {
  const options = { url, clientId: 'c1.1', session: 'new', username: 'c1', password: 'secret' } as const;
  return new MqttLink({ ...options, files: { ...NO_FILES, ...files } }, systemClock(), quietLogger());
}

it.each([
  [
    'mqtt',
    { ca: 'ca.crt' },
    'cannot use METERWAY_MQTT_CA_FILE without TLS: METERWAY_MQTT_URL must begin with mqtts://',
  ],
  ['mqtt', { cert: 'c1.crt', key: 'c1.key' }, 'cannot use METERWAY_MQTT_CERT_FILE without TLS'],
  [
    'mqtts',
    { cert: 'c1.crt' },
    'cannot use METERWAY_MQTT_CERT_FILE without its key: name it in METERWAY_MQTT_KEY_FILE',
  ],
  ['mqtts', { key: 'c1.key' }, 'cannot use METERWAY_MQTT_KEY_FILE without its certificate'],
  ['mqtts', { ca: '/nowhere/ca.crt' }, 'cannot use METERWAY_MQTT_CA_FILE /nowhere/ca.crt: ENOENT'],
] as const)(
  '%s:// with %o is refused at the start, with the setting and what would be right',
  (scheme, files, message) => {
    expect(() => open(`${scheme}://127.0.0.1:1`, files)).toThrow(
      expect.objectContaining({ code: 'config_invalid', next: 'stop', message: expect.stringContaining(message) }),
    );
  },
);

it('a file that is no certificate is refused, and its content is not repeated', () => {
  const ca = scratch('ca.crt');
  mkdirSync(dirname(ca), { recursive: true });
  writeFileSync(ca, 'open sesame');
  expect(() => open('mqtts://127.0.0.1:1', { ca })).toThrow(
    expect.objectContaining({ message: `cannot use METERWAY_MQTT_CA_FILE ${ca}: it must hold a certificate in PEM` }),
  );
});
