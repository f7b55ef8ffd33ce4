/** Since the bus was made. */
export interface BusCounters {
  requests: number;
  replies: number;
  timeouts: number;
  damaged: number;
  /** Frames, or bytes outside any exchange, that answered no open request. */
  strays: number;
  bytesOut: number;
  bytesIn: number;
  /** Bytes that came in outside an exchange or after the reply. */
  bytesDropped: number;
  /** Time spent in exchanges, waiting for silence included. */
  busyMs: number;
}

export function noCounts(): BusCounters {
  return {
    requests: 0,
    replies: 0,
    timeouts: 0,
    damaged: 0,
    strays: 0,
    bytesOut: 0,
    bytesIn: 0,
    bytesDropped: 0,
    busyMs: 0,
  };
}
