import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { MeterwayError } from './errors.ts';

export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, string>): Logger;
};

/**
 * Structured log to standard output, one JSON object a line. Errors are written by whitelist (code, message, stack of
 * bugs only): raw error objects may carry URLs with passwords or the data of a customer.
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
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    destination,
  );
}

function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof MeterwayError) {
    const cause = error.cause === undefined ? {} : { cause: describeError(error.cause)['message'] };
    return { code: error.code, message: withoutPasswords(error.message), ...error.context, ...cause };
  }
  if (error instanceof Error) {
    const code = 'code' in error ? { code: String(error.code) } : {};
    return { ...code, message: withoutPasswords(error.message), stack: withoutPasswords(error.stack ?? '') };
  }
  return { message: withoutPasswords(String(error)) };
}

/** `scheme://user:password@host` loses its user and password. */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1');
}
