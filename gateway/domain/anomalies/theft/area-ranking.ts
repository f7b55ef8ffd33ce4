/** An area with what it lost over a period, for a crew that asks where to go first. */
export interface AreaLoss {
  readonly area: string;
  /** Energy of the computable days, Wh. */
  readonly suppliedWh: number;
  readonly lostWh: number;
  readonly computableDays: number;
  readonly suspects: number;
}

export interface RankedArea extends AreaLoss {
  /** What was lost beyond the usual technical loss, Wh; never below 0. */
  readonly unexplainedWh: number;
}

/**
 * Areas by what they lost beyond `technicalPercent` of what they were supplied, most first; of equals the one with more
 * suspects. Areas without a computable day are left out: of them nothing is known.
 */
export function rankAreas(areas: readonly AreaLoss[], technicalPercent: number): RankedArea[] {
  return areas
    .filter(({ computableDays }) => computableDays > 0)
    .map((area) => ({ ...area, unexplainedWh: unexplained(area, technicalPercent) }))
    .sort((a, b) => b.unexplainedWh - a.unexplainedWh || b.suspects - a.suspects || (a.area < b.area ? -1 : 1));
}

function unexplained({ lostWh, suppliedWh }: AreaLoss, technicalPercent: number): number {
  return Math.max(0, lostWh - Math.round((suppliedWh * technicalPercent) / 100));
}
