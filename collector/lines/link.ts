/**
 * A byte pipe to a line: one serial port or one TCP connection. It knows nothing of frames. After `onDown` the link is
 * closed and may be opened again; a link never reopens itself.
 */
export interface Link {
  /** `tcp 10.0.0.5:8000`, `serial /dev/ttyUSB0 9600 8N1`: for messages. */
  readonly name: string;
  readonly isOpen: boolean;
  /** Bits per second on the wire, or null where bytes take no time worth counting. */
  readonly bitRate: number | null;
  /** Rejects with a MeterwayError whose code says why: `link_refused`, `port_missing`, `port_locked`, … */
  open(signal: AbortSignal): Promise<void>;
  /** Resolves when the port is free again, within its own deadline. */
  close(): Promise<void>;
  /** Throws a MeterwayError (`link_closed`) when the link is not open. */
  write(bytes: Uint8Array): void;
  /** One listener; a later one replaces the earlier. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /**
   * Adds a listener, called exactly once for each opening, however it ends: `close()` counts too, so that nobody goes
   * on waiting for bytes. `why` begins with a code: `link_reset: connection reset`, `link_closed: closed here`.
   */
  onDown(listener: (why: string) => void): void;
}
