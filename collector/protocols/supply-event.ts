/** One interruption that a terminal told of unasked, its own or that of a meter behind it. */
export interface SupplyEvent {
  /** Address of the meter, up to 12 digits; null when the terminal speaks of itself. */
  readonly meter: string | null;
  /** UTC ms. */
  readonly start: number;
  /** UTC ms; null in a last gasp, or when no end was recorded. */
  readonly end: number | null;
}

/** What a terminal that speaks unasked is listened to with. */
export interface SupplyListener {
  /** Time zone that the clocks in the field are set to. */
  readonly zone: string;
  /** Resolves when the events are on disk: only then may they be confirmed to who told them. */
  readonly tell: (events: readonly SupplyEvent[]) => Promise<void>;
}
