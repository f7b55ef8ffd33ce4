import type { Logger } from '#platform/logger.ts';

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

/** A logger that writes nothing and remembers everything. */
export function quietLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at =
    (level: string) =>
    (fields: unknown, message?: string): void =>
      void lines.push({ level, message: message ?? String(fields), fields });
  const logger = {
    lines,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (): Logger => logger as unknown as Logger,
  };
  return logger as unknown as Logger & { readonly lines: LoggedLine[] };
}
