/** Somebody asks a collector to send again what it still holds, because a store of the centre went back in time. */
export interface ReplayRequest {
  readonly id: string;
  readonly collector: string;
  /** What was read at or after this moment is sent again, UTC ms. */
  readonly since: number;
  readonly requestedAt: number;
  /** When the collector began, UTC ms, or null while it has not answered. */
  readonly takenAt: number | null;
  /** Results that it sends again; null while it has not answered. */
  readonly rows: number | null;
}

export interface ReplayStore {
  add(requests: readonly Omit<ReplayRequest, 'takenAt' | 'rows'>[]): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<ReplayRequest[]>;
  /** Requests that no collector has taken yet, oldest first. */
  open(): Promise<ReplayRequest[]>;
  /** The first word of the collector counts. */
  taken(id: string, at: number, rows: number): Promise<void>;
}
