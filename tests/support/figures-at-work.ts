import type { FeedTaker, Follower, KeptDays } from '../../gateway/figures/follower.ts';
import { Keeper, type KeeperParts } from '../../gateway/figures/keeper.ts';
import { quietLogger } from './quiet-logger.ts';

export interface FiguresAtWork {
  readonly keeper: Keeper;
  readonly days: KeptDays;
  /** Resolves when everything that the stores hold is in the figures and on disk. */
  catchUp(): Promise<void>;
  /** The stores stay open: they are the test's. */
  close(): Promise<void>;
}

/** What the figures process does, over the stores of a test, whenever the test says so. */
export function figuresAtWork(
  parts: Pick<KeeperParts, 'state' | 'readings' | 'figures' | 'clock'> & {
    readonly keepFiguresDays?: number;
    readonly followers?: readonly Follower[];
    readonly takers?: readonly FeedTaker[];
    readonly memoryBytes?: number;
  },
): FiguresAtWork {
  const { keepFiguresDays = 400, followers = [], takers = [], ...rest } = parts;
  const logger = quietLogger();
  const keeper = new Keeper({ ...rest, logger, settings: { keepFiguresDays }, followers, takers });
  return {
    keeper,
    get days() {
      return keeper.days;
    },
    catchUp: () => keeper.catchUp(),
    close: () => keeper.inTurn(async () => {}),
  };
}
