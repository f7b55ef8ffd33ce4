import type { SpoolStatus } from '#contract/status.ts';
import type { Book } from './book.ts';
import { lowestUncommitted } from './epochs.ts';
import type { Limits, Upkeep } from './upkeep.ts';

/** Figures of a spool; `oldestAt` is of the records that are not committed. */
export type SpoolSize = SpoolStatus & Required<Pick<SpoolStatus, 'kept' | 'dropped' | 'damaged'>>;

export async function sizeOf(book: Book, upkeep: Pick<Upkeep, 'usedBytes'>, { maxBytes }: Limits): Promise<SpoolSize> {
  const bytes = await upkeep.usedBytes();
  const oldest = await lowestUncommitted(book);
  const { base, lastRow, rows, kept, dropped, damaged } = book.state;
  const { curve, outcome, event, freeze } = dropped;
  const total = curve + outcome + event + freeze;
  return {
    ...{ rows, bytes, oldestAt: oldest?.at ?? null, lastSeq: lastRow - base, kept, damaged },
    dropped: { curve, outcome, event, freeze, total },
    ...(maxBytes > 0 && { maxBytes }),
  };
}
