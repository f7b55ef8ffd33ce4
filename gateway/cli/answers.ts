import { existsSync } from 'node:fs';
import { LINE_PROTOCOLS, type LineTiming, type Plan, type SerialLink } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import { ConfigError, messageOf, type Problem } from '#platform/errors.ts';
import { serialDefaults, timingDefaults } from '../registry/line-defaults.ts';
import { siteWarnings } from './site-warnings.ts';

/** What a command asks of the gateway: a site file compiled, or the settings that lines have unless told otherwise. */
interface Question {
  readonly id: number;
  readonly ask: 'site' | 'defaults';
  readonly file?: string;
}

/** A site as the field side needs it. */
interface SiteReply {
  readonly name: string;
  /** One for each collector. */
  readonly plans: readonly Plan[];
  /** Number on the plate, by meter id. */
  readonly numbers: Readonly<Record<string, string>>;
  /** Meter models that the site brings itself, used or not. */
  readonly profiles: readonly MeterProfile[];
  /** What is allowed and yet seldom meant. */
  readonly warnings: readonly string[];
}

interface DefaultsReply {
  readonly serial: Readonly<Record<string, Omit<SerialLink, 'path'>>>;
  readonly timing: Readonly<Record<string, { readonly serial: LineTiming; readonly tcp: LineTiming }>>;
}

/** Reply to a question, with its id; `problems` when the site file cannot be used, `error` when it was no question. */
type Reply = { readonly id: number } & (
  | { readonly site: SiteReply }
  | { readonly defaults: DefaultsReply }
  | { readonly problems: readonly Problem[]; readonly isMissing: boolean }
  | { readonly error: string }
);

/** Answers one message of a command; never rejects. */
export async function answerTo(message: unknown): Promise<Reply> {
  const question = questionOf(message);
  if (question === null) return { id: 0, error: 'not a question' };
  const { id, ask, file } = question;
  if (ask === 'defaults') return { id, defaults: lineDefaults() };
  if (file === undefined) return { id, error: 'no site file named' };
  try {
    return { id, site: await siteReply(file) };
  } catch (error) {
    if (error instanceof ConfigError) return { id, problems: error.problems, isMissing: !existsSync(file) };
    return { id, error: messageOf(error) };
  }
}

function questionOf(message: unknown): Question | null {
  if (message === null || typeof message !== 'object' || !('id' in message) || !('ask' in message)) return null;
  const { id, ask } = message;
  if (typeof id !== 'number' || (ask !== 'site' && ask !== 'defaults')) return null;
  const file = 'file' in message && typeof message.file === 'string' ? message.file : undefined;
  return { id, ask, ...(file === undefined ? {} : { file }) };
}

async function siteReply(file: string): Promise<SiteReply> {
  // Loaded when asked for: most commands need no site, and people wait for them.
  const [{ loadSite }, { planFor }] = await Promise.all([
    import('../registry/site-file.ts'),
    import('../registry/plans.ts'),
  ]);
  // No figure of a command depends on when the meters were first collected.
  const registry = loadSite(file, 0);
  return {
    name: registry.name,
    plans: registry.collectors.map((collector) => planFor(registry, collector)),
    numbers: Object.fromEntries(registry.meters.map(({ id, no }) => [id, no])),
    profiles: registry.profiles ?? [],
    warnings: siteWarnings(registry),
  };
}

function lineDefaults(): DefaultsReply {
  return {
    serial: Object.fromEntries(LINE_PROTOCOLS.map((protocol) => [protocol, serialDefaults(protocol)])),
    timing: Object.fromEntries(
      LINE_PROTOCOLS.map((protocol) => [
        protocol,
        { serial: timingDefaults(protocol, serialDefaults(protocol)), tcp: timingDefaults(protocol, null) },
      ]),
    ),
  };
}
