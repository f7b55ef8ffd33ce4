import { type DestinationStream, pino } from 'pino';
import { MeterwayError, messageOf } from './errors.ts';
import { isLogField, type LogFields, type OnlyListed } from './log-fields.ts';

/** `fields` is an object literal or of a type with fields of the list alone; see log-fields.ts. */
type Write = <Fields extends LogFields>(fields: Fields & OnlyListed<Fields>, message: string) => void;

/** Without `child`: what is bound to a child would be written as it is. */
export type Logger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', Write>>;

/**
 * Structured log to standard output, one JSON object a line. Fields are written by whitelist (log-fields.ts), at every
 * depth; any other has "…" for its value. So are errors (code, message, context, stack of bugs only): raw error objects
 * may carry URLs with passwords or the data of a customer. Of other objects only plain data is written. No text keeps
 * the user and password of a URL, or an API key.
 */
export function createLogger(
  options: { process: string; level: string },
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.process },
      timestamp: pino.stdTimeFunctions.epochTime,
      formatters: { level: (label) => ({ level: label }), log: cleaned },
      // Without one of its own, pino would describe errors a second time, and with all their fields.
      serializers: { err: (described) => described, msg: clean },
    },
    destination,
  );
}

function describeError(error: Error): Record<string, unknown> {
  const message = withoutSecrets(error.message);
  if (error instanceof MeterwayError) {
    const cause = error.cause === undefined ? {} : { cause: withoutSecrets(messageOf(error.cause)) };
    return { ...cleaned(error.context), code: error.code, message, ...cause };
  }
  const code = 'code' in error ? { code: withoutSecrets(String(error.code)) } : {};
  return { ...code, message, stack: withoutSecrets(error.stack ?? '') };
}

const DEEPEST = 6;

function cleaned(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isLogField(name) ? clean(value, depth + 1) : '…']),
  );
}

function clean(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date || value instanceof URL) return clean(value.toJSON());
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((each) => clean(each, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return cleaned(value, depth);
  return `[${value.constructor.name}]`;
}

/**
 * `scheme://user:password@host` loses its user and password; one with a slash in it, which no URL may have, loses them
 * too. API keys (api-key.ts) are cut to what they begin with. What cannot be parsed is not quoted, as the engine does.
 */
function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^/\s:]*:\S*|[^/\s]*)@/gi, '$1')
    .replace(/mw_[\w-]{43}/g, 'mw_…')
    .replace(/(?:\.{3})?".*"(?:\.{3})?(?= is not valid JSON)/gs, '"…"');
}
