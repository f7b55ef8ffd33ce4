import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import { writeFileAtomic } from '#platform/files.ts';
import type { Logger } from '#platform/logger.ts';
import { centreFolder } from '#stores/open-stores.ts';
import type { Keeper } from './keeper.ts';
import type { DayVerdict } from './rebuild.ts';

/** What `meterway rebuild` asks of the process that keeps the figures. */
export interface RebuildRequest {
  readonly id: string;
  readonly check: boolean;
}

/** How far the request of this id is. */
export interface RebuildAnswer {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly days: readonly DayVerdict[];
  /** Days that are still to come. */
  readonly left: number;
  /** Of one that failed. */
  readonly why: string | null;
}

export function requestFileOf(dataDir: string): string {
  return join(centreFolder(dataDir), '.figures-request.json');
}

export function answerFileOf(dataDir: string): string {
  return join(centreFolder(dataDir), '.figures-answer.json');
}

/** A request or an answer; null when there is none. */
export function readRequestFile<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

/** How often the answer is written while the work goes on. */
const TELL_MS = 500;

interface Parts {
  readonly dataDir: string;
  readonly keeper: Pick<Keeper, 'rebuild'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes requests to make the figures anew, one after the other, and answers in a file beside. */
export class RebuildRequests {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async tick(): Promise<void> {
    const { dataDir, keeper, clock, logger } = this.#parts;
    const path = requestFileOf(dataDir);
    const request = readRequestFile<RebuildRequest>(path);
    if (!request) return;
    rmSync(path, { force: true });
    const days: DayVerdict[] = [];
    let toldAt = Number.NEGATIVE_INFINITY;
    let left = 0;
    const tell = (state: RebuildAnswer['state'], why: string | null): void => {
      const answer: RebuildAnswer = { id: request.id, state, days, left, why };
      writeFileAtomic(answerFileOf(dataDir), JSON.stringify(answer), 0o600);
      toldAt = clock.mono();
    };
    tell('running', null);
    try {
      await keeper.rebuild(request.check, (day, more) => {
        days.push(day);
        left = more;
        if (clock.mono() - toldAt >= TELL_MS) tell('running', null);
      });
      tell('done', null);
    } catch (err) {
      logger.error({ err }, 'the figures cannot be made anew');
      tell('failed', messageOf(err));
    }
  }
}
