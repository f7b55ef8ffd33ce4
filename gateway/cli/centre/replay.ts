import { randomUUID } from 'node:crypto';
import type { Registry } from '#contract/registry.ts';
import { instantOf, isDate, isoLocal } from '#contract/zone.ts';
import { UsageError, wholeNumber } from '#platform/cli/usage.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { openState } from '#stores/open-stores.ts';
import type { ReplayRequest, ReplayStore } from '#stores/replay-store.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 500;

export interface ReplayOptions extends CommonOptions {
  readonly days?: string;
  readonly since?: string;
  readonly collector?: readonly string[];
  /** False with --no-wait. */
  readonly wait?: boolean;
}

/** `meterway replay`: asks collectors to send again what they hold, and waits until they have begun. */
export async function replay(centre: Centre, options: ReplayOptions): Promise<number> {
  const { terminal } = centre;
  if ((options.days === undefined) === (options.since === undefined)) {
    throw new UsageError('cannot replay: exactly one of --days N and --since TIME is wanted');
  }
  const settings = settingsFor(centre, options);
  const clock = centre.clock(settings.clockOffsetMs);
  const state = await openState(settings, { beside: true });
  try {
    const registry = await state.registry.load();
    if (!registry) {
      throw new MeterwayError('cannot replay: no registry is stored; start the gateway, or see --data-dir', {
        code: 'no_registry',
      });
    }
    const since = sinceOf(options, registry.timeZone, clock.now());
    const collectors = collectorsOf(options, registry);
    const { spoolKeepDays } = settings;
    if (spoolKeepDays > 0 && clock.now() - since > spoolKeepDays * DAY_MS) {
      terminal.note(
        `collectors keep what is committed for ${spoolKeepDays} days, unless METERWAY_SPOOL_KEEP_DAYS says otherwise on them: what is older does not come`,
      );
    }
    const requests = collectors.map((collector) => ({
      id: randomUUID(),
      collector,
      since,
      requestedAt: clock.now(),
    }));
    await state.replays.add(requests);
    const asked = `asked ${collectors.join(', ')} for everything since ${isoLocal(registry.timeZone, since)}`;
    if (!options.json) terminal.out(asked);
    const ids = requests.map(({ id }) => id);
    const isWaiting = options.wait !== false;
    const tell = (told: ReplayRequest): void => {
      if (!options.json) terminal.out(`${told.collector} sends ${told.rows ?? 0} results again`);
    };
    const all = isWaiting ? await begun(centre, clock, state.replays, ids, tell) : await ours(state.replays, ids);
    const open = all.filter(({ takenAt }) => takenAt === null).map(({ collector }) => collector);
    if (options.json) terminal.out(JSON.stringify({ since, requests: all }));
    if (isWaiting && open.length > 0) {
      terminal.note(`${open.join(', ')} will begin when connected; the request stays`);
      return EXIT.failure;
    }
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

function collectorsOf({ collector: wanted }: ReplayOptions, registry: Registry): string[] {
  const known = registry.collectors.map(({ id }) => id);
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new UsageError(`cannot find collector ${unknown}: there are ${known.join(', ')}`);
  return wanted ? [...new Set(wanted)] : known;
}

function sinceOf({ days, since }: ReplayOptions, zone: string, now: number): number {
  if (days !== undefined) return now - wholeNumber('--days', days, 1, 3660) * DAY_MS;
  const at = instantIn(zone, since ?? '');
  if (at !== null && at <= now) return at;
  throw new UsageError(
    `cannot use --since ${since}: a time in the past is wanted, such as 2026-11-20, "2026-11-20 14:00" or 2026-11-20T06:00:00Z`,
  );
}

/** An RFC 3339 time with its offset, or a local date with or without a time of day; null when it is neither. */
function instantIn(zone: string, text: string): number | null {
  const [, date = '', hours = '0', minutes = '0', seconds = '0', offset] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  if (!isDate(date)) return null;
  if (offset === undefined) return instantOf(zone, date, (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds));
  const at = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(at) ? null : at;
}

/** Looks until all have begun or the user has had enough; tells of each once. */
async function begun(
  { signal }: Centre,
  clock: Clock,
  replays: ReplayStore,
  ids: readonly string[],
  tell: (request: ReplayRequest) => void,
): Promise<ReplayRequest[]> {
  const told = new Set<string>();
  for (;;) {
    const all = await ours(replays, ids);
    for (const request of all.filter(({ id, takenAt }) => takenAt !== null && !told.has(id))) {
      told.add(request.id);
      tell(request);
    }
    if (told.size === ids.length || signal.aborted) return all;
    // Ctrl-C ends the waiting, not the request.
    await clock.sleep('replay', LOOK_MS, signal).catch(() => {});
  }
}

async function ours(replays: ReplayStore, ids: readonly string[]): Promise<ReplayRequest[]> {
  const listed = await replays.list(ids.length + 1000);
  return listed.filter(({ id }) => ids.includes(id));
}
