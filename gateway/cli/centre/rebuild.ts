import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { counted, Progress } from '#platform/cli/terminal.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { writeFileAtomic } from '#platform/files.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { isLockHeld } from '#platform/sqlite/lock.ts';
import { lockFileOf, openKeeper } from '../../figures/open-keeper.ts';
import { DAY_VERDICTS, type DayVerdict } from '../../figures/rebuild.ts';
import {
  answerFileOf,
  type RebuildAnswer,
  type RebuildRequest,
  readRequestFile,
  requestFileOf,
} from '../../figures/rebuild-requests.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

const LOOK_MS = 250;

export interface RebuildOptions extends CommonOptions {
  readonly check?: boolean;
}

type OnDays = (days: readonly DayVerdict[], left: number) => void;

/** `meterway rebuild`: makes the figures anew from the stores and tells what was kept otherwise. */
export async function rebuild(centre: Centre, options: RebuildOptions): Promise<number> {
  const { terminal } = centre;
  const settings = settingsFor(centre, options);
  const clock = centre.clock(settings.clockOffsetMs);
  const check = options.check === true;
  const progress = new Progress(terminal, clock);
  const onDays: OnDays = (days, left) => {
    const last = days.at(-1);
    if (last) progress.step(days.length, days.length + left, `days, ${last.task} ${last.date}`);
  };
  const isKept = isLockHeld(lockFileOf(settings.dataDir));
  const job = { settings, clock, check, onDays };
  const days = isKept ? await asked(centre, job) : await done(centre, job);
  progress.clear();
  const counts = Object.fromEntries(
    DAY_VERDICTS.map((verdict) => [verdict, days.filter((day) => day.verdict === verdict).length]),
  );
  if (options.json) terminal.out(JSON.stringify({ check, counts, days }));
  else terminal.out(textOf(days, check));
  return check && days.some(({ verdict }) => verdict !== 'identical') ? EXIT.failure : EXIT.ok;
}

function textOf(days: readonly DayVerdict[], check: boolean): string {
  const identical = days.filter(({ verdict }) => verdict === 'identical').length;
  const others = days.filter(({ verdict }) => verdict !== 'identical');
  const lines = others.map(({ task, date, verdict, meters }) => {
    const what = verdict === 'new' ? 'was not kept' : `differed in ${counted(meters, 'meter')}`;
    return `${task} ${date}: ${what}${check ? '' : ', made anew'}`;
  });
  return [...lines, `${counted(days.length, 'day')}: ${identical} identical, ${others.length} not`].join('\n');
}

interface Job {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly check: boolean;
  readonly onDays: OnDays;
}

/** Nobody keeps the figures now: it is done here, and nobody may begin to meanwhile. */
async function done({ signal }: Centre, { settings, clock, check, onDays }: Job): Promise<DayVerdict[]> {
  const opened = await openKeeper(settings, clock, createLogger({ process: 'rebuild', level: 'silent' }));
  const days: DayVerdict[] = [];
  try {
    await opened.keeper.rebuild(check, (day, left) => {
      signal.throwIfAborted();
      days.push(day);
      onDays(days, left);
    });
    return days;
  } finally {
    await opened.close();
  }
}

/** The process that keeps the figures does it, and tells in a file how far it is. */
async function asked({ signal }: Centre, { settings, clock, check, onDays }: Job): Promise<readonly DayVerdict[]> {
  const dataDir = resolve(settings.dataDir);
  const request: RebuildRequest = { id: randomUUID(), check };
  writeFileAtomic(requestFileOf(dataDir), JSON.stringify(request), 0o600);
  try {
    for (;;) {
      await clock.sleep('rebuild', LOOK_MS, signal);
      const answer = readRequestFile<RebuildAnswer>(answerFileOf(dataDir));
      const isOurs = answer?.id === request.id;
      if (isOurs) onDays(answer.days, answer.left);
      if (isOurs && answer.state === 'done') return answer.days;
      if (isOurs && answer.state === 'failed') {
        throw new MeterwayError(`cannot make the figures anew: ${answer.why}`, { code: 'rebuild_failed' });
      }
      if (!isLockHeld(lockFileOf(dataDir))) {
        throw new MeterwayError('cannot make the figures anew: the process that keeps them has ended; try again', {
          code: 'rebuild_failed',
        });
      }
    }
  } finally {
    rmSync(requestFileOf(dataDir), { force: true });
  }
}
