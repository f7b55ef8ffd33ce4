import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { MeterwayError, messageOf } from '../errors.ts';
import type { MqttFiles } from './options.ts';

export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Others than the owner and its group may read the file. */
const READ_BY_OTHERS = 0o004;

/**
 * Reads and checks the files of a connection. Throws with the name of the setting and what would be right: a file that
 * cannot be read or is no certificate, half a pair, a key of another certificate, files without TLS.
 */
export function readTlsFiles(files: MqttFiles, tls: boolean): TlsMaterial {
  const { ca, cert, key } = files;
  if (!tls) {
    const given =
      ca !== '' ? 'METERWAY_MQTT_CA_FILE' : cert !== '' ? 'METERWAY_MQTT_CERT_FILE' : 'METERWAY_MQTT_KEY_FILE';
    if (ca + cert + key !== '') throw unusable(`${given} without TLS: METERWAY_MQTT_URL must begin with mqtts://`);
    return {};
  }
  if (cert !== '' && key === '')
    throw unusable('METERWAY_MQTT_CERT_FILE without its key: name it in METERWAY_MQTT_KEY_FILE');
  if (cert === '' && key !== '')
    throw unusable('METERWAY_MQTT_KEY_FILE without its certificate: name it in METERWAY_MQTT_CERT_FILE');
  const material: TlsMaterial = {
    ...(ca === '' ? {} : { ca: certificate('METERWAY_MQTT_CA_FILE', ca) }),
    ...(cert === ''
      ? {}
      : { cert: certificate('METERWAY_MQTT_CERT_FILE', cert), key: content('METERWAY_MQTT_KEY_FILE', key) }),
  };
  try {
    createSecureContext(material);
  } catch (cause) {
    throw unusable(`METERWAY_MQTT_KEY_FILE ${key}: it must be the key, in PEM, of the certificate in ${cert}`, cause);
  }
  return material;
}

/** True when the key may be read by everybody on this machine. */
export function isReadByOthers(path: string): boolean {
  return path !== '' && (statSync(path).mode & READ_BY_OTHERS) !== 0;
}

/** When the first certificate of a PEM file ends, UTC ms. */
export function endOf(pem: Buffer): number {
  return new X509Certificate(pem).validToDate.getTime();
}

function certificate(setting: string, path: string): Buffer {
  const pem = content(setting, path);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw unusable(`${setting} ${path}: it must hold a certificate in PEM`, cause);
  }
  return pem;
}

function content(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unusable(`${setting} ${path}: ${messageOf(cause)}; it must be a file that this program may read`, cause);
  }
}

function unusable(what: string, cause?: unknown): MeterwayError {
  return new MeterwayError(`cannot use ${what}`, { code: 'config_invalid', cause });
}
