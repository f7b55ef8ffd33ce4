/** How evidence of an outage is weighed. Shares are of 1, times in ms. */
export interface OutageSettings {
  /** A phase below this share of the rated voltage is off; between the two it is neither. */
  readonly offShare: number;
  readonly onShare: number;
  /** Dark meters that make an incident of the node that contains them, or … */
  readonly minMeters: number;
  /** … their share of the node. */
  readonly minShare: number;
  /** Areas of a feeder that are dark together when the feeder is. */
  readonly minAreas: number;
  /** Evidence this close together belongs to one outage. */
  readonly windowMs: number;
  /** Interruptions that are shorter are reclosures of a breaker, not outages. */
  readonly minDownMs: number;
  /** A recorded interruption that is longer is believed only when something else tells of it. */
  readonly maxDownMs: number;
  /** What lies further ahead of the moment at which it was heard is a wrong clock. */
  readonly aheadMs: number;
  /** Clocks of meters differ by this much: nearer to an edge of an outage, a lit meter contradicts nothing. */
  readonly clockMs: number;
  /** A node of whose meters more than this share was seen lit is not what failed. */
  readonly contradictShare: number;
  /** An outage is over when this share of those that were heard of have supply. */
  readonly restoredShare: number;
  /** Meters known only by what was read of them join an outage that began up to this long before. */
  readonly joinMs: number;
  /** Silent share of the asked meters that makes a node suspect. */
  readonly silentShare: number;
  /** Only meters that were asked within this time count for silence. */
  readonly silenceMs: number;
  /** A suspicion that nothing confirms is dropped after this time. */
  readonly unconfirmedMs: number;
  /** Way to the meters down for this long is a finding. */
  readonly wayMs: number;
  /** Planned work may begin earlier and end later than announced by this much. */
  readonly plannedSlackMs: number;
  /** A meter that is put in or taken out is without supply for about this long. */
  readonly exchangeMs: number;
  /** The same meter is not asked again for the same incident within this time. */
  readonly probeAgainMs: number;
  /** The same while it is unconfirmed: a few reads that fail are noise. */
  readonly confirmAgainMs: number;
  /** Meters asked for one incident at a time, and in all per minute. */
  readonly probesPerOutage: number;
  readonly probesPerMin: number;
  /** Meters that go dark within a minute, or incidents open at once, from which on it is a storm. */
  readonly stormMetersPerMin: number;
  readonly stormIncidents: number;
  /** Probes per minute during a storm. */
  readonly stormProbesPerMin: number;
  /** What matters less (how many customers, times of single meters) is told at most this often. */
  readonly minorMs: number;
  /** What hardly matters (times of members that records correct, a few more that told) is told at most this often. */
  readonly lesserMs: number;
  /** So long an outage of meters of one phase waits for a witness on another, because it may be a lost phase. */
  readonly phaseHoldMs: number;
  /** A meter that stays dark must have been asked in vain twice, this far apart. */
  readonly askTwiceMs: number;
  /** Clocks of meters that are wrong are so by up to this much: their records are known by their length. */
  readonly shiftMs: number;
  /** Past incidents that are remembered per area. */
  readonly pastPerArea: number;
}

/**
 * Off below 60 % and on above 80 % of rated voltage, interruptions between 1 and 4320 minutes: the judgement of
 * terminals (event ERC14). Three meters or 10 % within 5 minutes, two areas of a feeder, 90 % back: our own grouping.
 */
export const DEFAULT_OUTAGE_SETTINGS: OutageSettings = {
  offShare: 0.6,
  onShare: 0.8,
  minMeters: 3,
  minShare: 0.1,
  minAreas: 2,
  windowMs: 300_000,
  minDownMs: 60_000,
  maxDownMs: 4320 * 60_000,
  aheadMs: 120_000,
  clockMs: 60_000,
  contradictShare: 0.1,
  restoredShare: 0.9,
  joinMs: 3_600_000,
  silentShare: 0.5,
  silenceMs: 1_800_000,
  unconfirmedMs: 7_200_000,
  wayMs: 120_000,
  plannedSlackMs: 900_000,
  exchangeMs: 1_800_000,
  probeAgainMs: 300_000,
  confirmAgainMs: 90_000,
  probesPerOutage: 6,
  probesPerMin: 600,
  stormMetersPerMin: 1000,
  stormIncidents: 20,
  stormProbesPerMin: 120,
  minorMs: 60_000,
  lesserMs: 3_600_000,
  phaseHoldMs: 180_000,
  askTwiceMs: 60_000,
  shiftMs: 960_000,
  pastPerArea: 8,
};

/**
 * Customer meters that must agree in a node of `customers`: `minMeters`, or `minShare` of them if that is fewer. One
 * meter alone speaks for its own service only, so at least two must agree wherever there are two.
 */
export function metersNeeded(customers: number, settings: Pick<OutageSettings, 'minMeters' | 'minShare'>): number {
  const share = Math.max(Math.ceil(customers * settings.minShare), Math.min(2, customers), 1);
  return Math.min(settings.minMeters, share);
}
