import { MeterwayError } from '#platform/errors.ts';
import { isLockHeld } from '#platform/sqlite/lock.ts';
import { openFigures } from '#stores/open-stores.ts';
import { lockFileOf } from '../../figures/open-keeper.ts';
import { type Check, type Examined, type Finding, fault, ok, warning } from './check.ts';

/** Entries of the feed that may wait: each is a commit, and a commit is at most a few thousand rows. */
const MOST_WAITING = 500;

const figures: Check = {
  name: 'figures',
  deadlineMs: 10_000,
  late: 'warning',
  run: async (examined) => {
    if (!isLockHeld(lockFileOf(examined.dataDir))) {
      return [
        fault(
          'no figures process is running',
          'start gateway/figures/main.ts; until then kept figures do not change, and no day is closed',
        ),
      ];
    }
    return [ok('the figures process is running'), await backlog(examined)];
  },
};

async function backlog({ settings, state }: Examined): Promise<Finding> {
  const kept = await openFigures(settings, { readOnly: true });
  try {
    const position = await kept
      .position()
      .catch((error: unknown) => (isDamaged(error) ? 'damaged' : Promise.reject(error)));
    const { oldest, newest } = await state.feed.range();
    if (position === 'damaged') {
      return fault(
        'the file of the figures is damaged',
        'restart the figures process: it makes the figures anew from the stores',
      );
    }
    if (position === null) return warning('no figures are kept yet', 'wait until they are made from the stores');
    if (position > newest || (position < newest && oldest > position + 1)) {
      return warning('the change feed does not go on where the figures end', 'wait until they are made anew');
    }
    const what = `figures are kept up to entry ${position} of ${newest}`;
    if (newest - position <= MOST_WAITING) return ok(what);
    return warning(what, 'the log of the figures process says what holds it up');
  } finally {
    await kept.close();
  }
}

function isDamaged(error: unknown): boolean {
  return error instanceof MeterwayError && ['figures_damaged', 'store_failed'].includes(error.code);
}

export const FIGURES_CHECKS: readonly Check[] = [figures];
