import { isoLocal } from '#contract/zone.ts';

const COLOURS: Readonly<Record<string, string>> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' };
const RESET = '\u001b[0m';
const HIDDEN = new Set(['level', 'time', 'process', 'msg', 'err']);

interface Entry {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly process?: unknown;
  readonly msg?: unknown;
  readonly err?: unknown;
}

/**
 * Turns the JSON lines of the child processes into one log that a person can read: time of day in the site's zone,
 * process, level, message, then the fields. A line that is not JSON is passed on with the name of its process.
 */
export function logView(options: { timeZone: () => string; colour: boolean }): (name: string, line: string) => string {
  return (name, line) => {
    const entry = parse(line);
    if (!entry) return `${name.padEnd(24)} ${line}\n`;
    const level = String(entry.level ?? 'info');
    const colour = options.colour ? COLOURS[level] : undefined;
    const time = isInstant(entry.time) ? isoLocal(options.timeZone(), entry.time).slice(11, 23) : '--:--:--.---';
    const process = String(entry.process ?? name).padEnd(10);
    const label = level.toUpperCase().padEnd(5);
    const head = `${time} ${process} ${colour ? `${colour}${label}${RESET}` : label} ${String(entry.msg ?? '')}`;
    const fields = Object.entries(entry)
      .filter(([key]) => !HIDDEN.has(key))
      .map(([key, value]) => ` ${key}=${show(value)}`);
    return `${head}${fields.join('')}${showError(entry.err)}\n`;
  };
}

function parse(line: string): Entry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return null;
  }
}

/** Before the year 9999: later ones are no times, and would be written longer. */
function isInstant(time: unknown): time is number {
  return typeof time === 'number' && time >= 0 && time < 253_370_764_800_000;
}

/** Longer values are cut: the whole of them stands in the process's own log. */
const LONGEST = 160;

/** Names that strangers gave themselves must not reach the terminal as its control characters. */
function show(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"=\p{Cc}]+$/u.test(value);
  const text = isWord ? value : JSON.stringify(value).replace(/\p{Cc}/gu, '\uFFFD');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `: message [code]`, and the stack of a bug on lines of its own. */
function showError(error: unknown): string {
  if (error === null || typeof error !== 'object') return '';
  const { message, code, stack, cause } = error as Record<string, unknown>;
  const because = cause === undefined ? '' : ` (${String(cause)})`;
  return `: ${String(message)}${because}${code === undefined ? '' : ` [${String(code)}]`}${stack ? `\n${String(stack)}` : ''}`;
}
