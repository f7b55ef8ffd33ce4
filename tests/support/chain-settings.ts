import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mosquitto } from './mosquitto.ts';

/** A lost message is sent again sooner than in production, so that a round takes a second and not ten. */
const HASTE = { METERWAY_UPLINK_RESEND_MS: '2000', METERWAY_SPOOL_COMMIT_MS: '20' } as const;
/** However often a broker goes away. */
const RECONNECT = { METERWAY_MQTT_RECONNECT_S: '1' } as const;

interface Parts {
  readonly dataDir: string;
  /** Time in the field less real time. */
  readonly offsetMs: number;
  /** Of the gateway's own broker. */
  readonly brokerPort: number;
  readonly mosquitto: Mosquitto | null;
  /** Days for which the collectors keep what is committed. */
  readonly keepDays: number;
}

/** The environment in which the programs of a chain are started. */
export class ChainSettings {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of the gateway or of a collector. */
  of(name: string): Record<string, string> {
    const { dataDir, offsetMs, brokerPort, mosquitto, keepDays } = this.#parts;
    const common = {
      ...RECONNECT,
      METERWAY_SIMULATION: 'true',
      METERWAY_CLOCK_OFFSET_MS: String(offsetMs),
      METERWAY_DATA_DIR: dataDir,
    };
    if (name === 'gateway') {
      const broker = mosquitto?.environmentOf(name) ?? { METERWAY_BROKER_PORT: String(brokerPort) };
      return { ...common, METERWAY_SITE_FILE: join(dataDir, 'site.yaml'), ...broker };
    }
    return {
      ...common,
      ...HASTE,
      METERWAY_SPOOL_KEEP_DAYS: String(keepDays),
      METERWAY_COLLECTOR_ID: name,
      METERWAY_DISTRICT: 'demo',
      ...this.access(name),
    };
  }

  /** How a user reaches the broker; of the gateway's own only once that has been started. */
  access(user: string): Record<string, string> {
    const { dataDir, brokerPort, mosquitto } = this.#parts;
    if (mosquitto) return mosquitto.environmentOf(user);
    const path = join(dataDir, 'broker', 'credentials.json');
    const passwords = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    return {
      METERWAY_MQTT_URL: `mqtt://127.0.0.1:${brokerPort}`,
      METERWAY_MQTT_USERNAME: user,
      METERWAY_MQTT_PASSWORD: passwords[user] ?? '',
    };
  }
}
