/** How evidence of an outage is weighed. Shares are of 1, times in ms. */
export interface OutageSettings {
  /** A phase below this share of the rated voltage is off; between the two it is neither. */
  readonly offShare: number;
  readonly onShare: number;
  /** Customer meters without power that make an outage of an area, or … */
  readonly minMeters: number;
  /** … their share of the area. */
  readonly minShare: number;
  /** Evidence this close together belongs to one outage. */
  readonly windowMs: number;
  /** Interruptions that a meter recorded as shorter are reclosures of a breaker, not outages. */
  readonly minDownMs: number;
}

/**
 * Off below 60 % and on above 80 % of rated voltage, and interruptions of at least 1 minute: the judgement of
 * terminals (event ERC14). Three meters or 10 % of an area within 5 minutes: our own grouping.
 */
export const DEFAULT_OUTAGE_SETTINGS: OutageSettings = {
  offShare: 0.6,
  onShare: 0.8,
  minMeters: 3,
  minShare: 0.1,
  windowMs: 300_000,
  minDownMs: 60_000,
};

/**
 * Customer meters that must agree in an area of `customers`: `minMeters`, or `minShare` of them if that is fewer. One
 * meter alone speaks for its own service only, so at least two must agree wherever there are two.
 */
export function metersNeeded(customers: number, settings: Pick<OutageSettings, 'minMeters' | 'minShare'>): number {
  const share = Math.max(Math.ceil(customers * settings.minShare), Math.min(2, customers), 1);
  return Math.min(settings.minMeters, share);
}
