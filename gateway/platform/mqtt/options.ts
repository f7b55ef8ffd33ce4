/** Versions of MQTT as settings name them; `auto`: 5 where the broker has it, else 3.1.1. */
export type MqttVersion = 'auto' | '3.1.1' | '5';

/** Paths of PEM files; empty: none. They are read at each connection, so that new ones need no restart. */
export interface MqttFiles {
  /** Who vouches for the broker; without it, the authorities that the system knows. */
  readonly ca: string;
  /** What this program shows the broker, and its key. */
  readonly cert: string;
  readonly key: string;
}

export interface MqttOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Whether the broker keeps messages for this client id while it is away. */
  readonly session: 'kept' | 'new';
  /** Published by the broker, retained, when this client is lost. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** 3.1.1 unless named. */
  readonly version?: MqttVersion;
  readonly files?: MqttFiles;
  /** Attempts are made ever less often, in the end this far apart, spread by half of it; 10 s unless given. */
  readonly longestWaitMs?: number;
}

export const NO_FILES: MqttFiles = { ca: '', cert: '', key: '' };
