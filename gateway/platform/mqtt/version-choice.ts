import type { MqttVersion } from './options.ts';

/** As the CONNECT packet names them: 4 is MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5;

/**
 * The version that is spoken. With `auto`, 5 is tried first; a broker that refuses it, or that ends the connection
 * without an answer, is spoken to in 3.1.1. What once worked is kept for as long as the process lives, unless the
 * broker says otherwise.
 */
export class VersionChoice {
  readonly #mayChange: boolean;
  #version: ProtocolVersion;
  #proven = false;

  constructor(setting: MqttVersion) {
    this.#mayChange = setting === 'auto';
    this.#version = setting === '3.1.1' ? 4 : 5;
  }

  get version(): ProtocolVersion {
    return this.#version;
  }

  connected(): void {
    this.#proven = true;
  }

  /** The broker does not speak it. True when another version is worth an attempt at once. */
  refused(): boolean {
    if (!this.#mayChange) return false;
    const wasNewest = this.#version === 5;
    this.#change();
    return wasNewest;
  }

  /** The broker said nothing, which an old one may do. */
  unanswered(): void {
    if (this.#mayChange && !this.#proven) this.#change();
  }

  #change(): void {
    this.#version = this.#version === 5 ? 4 : 5;
    this.#proven = false;
  }
}
