import { join } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { centreFolder, openFigures, openReadingsForReading, openState } from '#stores/open-stores.ts';
import type { StateStore } from '#stores/state-store.ts';
import { type FiguresParts, figuresParts, validatedOf } from './figures-parts.ts';
import { Keeper } from './keeper.ts';

export interface OpenKeeper {
  readonly keeper: Keeper;
  readonly workers: FiguresParts['workers'];
  readonly dayClose: FiguresParts['dayClose'];
  readonly state: StateStore;
  close(): Promise<void>;
}

export function lockFileOf(dataDir: string): string {
  return join(centreFolder(dataDir), 'figures.lock');
}

/**
 * The keeper with all parts that work beside it, over the stores that the settings name. Rejects with `already_running`
 * while another process has it on this data folder.
 */
export async function openKeeper(settings: Settings, clock: Clock, logger: Logger): Promise<OpenKeeper> {
  const { dataDir } = settings;
  const release = holdLock(lockFileOf(dataDir), `another process is keeping the figures of ${dataDir}`);
  try {
    const state = await openState(settings, { beside: true });
    const readings = await openReadingsForReading(settings);
    const figures = await openFigures(settings);
    const stores = { state, readings, figures };
    let keeper: Keeper | null = null;
    const present = (): Keeper => {
      if (keeper) return keeper;
      throw new Error('BUG: the days were asked for before the keeper was there');
    };
    const days = (): Keeper['days'] => present().days;
    const validated = validatedOf(stores);
    const { followers, takers, workers, dayClose } = figuresParts({
      ...stores,
      validated,
      settings,
      clock,
      logger,
      days,
      keeper: present,
    });
    const made = new Keeper({ ...stores, settings, clock, logger, followers, takers });
    keeper = made;
    return {
      keeper: made,
      workers,
      dayClose,
      state,
      close: async () => {
        await made.inTurn(async () => {});
        await figures.close();
        await readings.close();
        await state.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
