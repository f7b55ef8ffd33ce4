/** `retained`: the message was there before the subscription, so it says nothing of the present. */
export type MessageHandler = (topic: string, payload: Uint8Array, retained: boolean) => void | Promise<void>;

/** The three things that our processes need of a broker. */
export interface MqttPort {
  /**
   * Sends with QoS 1. Resolves on PUBACK, which means only that the broker has the message in its hands; rejects at
   * once while disconnected, and with an unknown result when the connection is lost before the PUBACK.
   */
  publish(topic: string, payload: string, options?: { retain?: boolean }): Promise<void>;
  /**
   * Subscribes with QoS 1, again after each reconnect. Messages of one connection are handled one at a time, and so are
   * PUBACKs: a handler that waits for a publish of its own connection waits in vain.
   */
  subscribe(filter: string, handler: MessageHandler): void;
  /** Called with the present state, then on every change. */
  onState(listener: (connected: boolean) => void): void;
  close(deadlineMs: number): Promise<void>;
}

/** MQTT filter match: `+` one level, `#` the rest. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, part] of wanted.entries()) {
    if (part === '#') return true;
    if (levels[i] === undefined || (part !== '+' && part !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
