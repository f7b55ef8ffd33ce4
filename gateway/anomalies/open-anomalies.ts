import { join } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { centreFolder, openFigures, openReadingsForReading, openState } from '#stores/open-stores.ts';
import { openSqliteJudgeStates } from '#stores/sqlite-judge-states/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Anomalies } from './anomalies.ts';
import { anomaliesLockOf } from './lock-file.ts';

export interface OpenAnomalies {
  readonly anomalies: Anomalies;
  readonly state: StateStore;
  close(): Promise<void>;
}

/**
 * What judges readings, over the stores that the settings name. Rejects with `already_running` while another process
 * has it on this data folder.
 */
export async function openAnomalies(settings: Settings, clock: Clock, logger: Logger): Promise<OpenAnomalies> {
  const { dataDir } = settings;
  const release = holdLock(anomaliesLockOf(dataDir), `another process is judging the readings of ${dataDir}`);
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(store: Promise<T>): Promise<T> => {
    const there = await store;
    opened.push(there);
    return there;
  };
  const close = async (): Promise<void> => {
    for (const store of opened.toReversed()) await store.close();
    release();
  };
  try {
    const state = await open(openState(settings, { beside: true }));
    const readings = await open(openReadingsForReading(settings));
    const figures = await open(openFigures(settings, { readOnly: true }));
    const states = await open(openSqliteJudgeStates(join(centreFolder(dataDir), 'anomalies.sqlite')));
    return { anomalies: new Anomalies({ state, readings, figures, states, settings, clock, logger }), state, close };
  } catch (error) {
    await close();
    throw error;
  }
}
