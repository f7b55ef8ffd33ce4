/** A number that decides about a suspicion, and where it comes from. All are choices of this project, to be set by experience. */
export const THEFT_PARAMETERS = {
  /** Days that are looked at. */
  windowDays: 42,
  /** Known days needed before and after a fall. */
  minBefore: 7,
  minAfter: 5,
  /** A fall counts from this share of the use before it, and from this energy a day, Wh. */
  fallShare: 0.3,
  fallFloorWh: 1000,
  /** The loss must have risen by this many times its usual scatter. */
  lossNoise: 3,
  /** Events this many days around the fall are aligned with it. */
  eventDays: 3,
  /** Use after ÷ before, without what moved the neighbours alike: nothing is odd above the first, all below the second. */
  neighbourOdd: 0.7,
  neighbourSure: 0.2,
  /** Customers with enough days that are needed to tell what moved all alike. */
  minNeighbours: 5,
  /** Points of the score for each kind of reason; they add up to 100. */
  weights: { loss: 50, neutral: 20, events: 15, neighbours: 15 },
  /** A suspicion opens at this score, and ends below the other. */
  openScore: 60,
  closeScore: 40,
  /** Days on which the score must hold to open, and to end. */
  openDays: 3,
  closeDays: 7,
} as const;
