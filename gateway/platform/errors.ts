import type { ErrorContext } from './log-fields.ts';

/** What the caller should do next. */
export type Next = 'retry' | 'reconnect' | 'skip' | 'stop';

interface MeterwayErrorOptions {
  readonly code: string;
  /** `stop` unless named. */
  readonly next?: Next;
  readonly cause?: unknown;
  readonly context?: ErrorContext;
}

/**
 * The one error family. `code` is stable and machine-readable; the message begins with "cannot …" and names what,
 * where and what would be right. Anything else that is thrown is a bug.
 */
export class MeterwayError extends Error {
  readonly code: string;
  readonly next: Next;
  readonly context: ErrorContext;

  constructor(message: string, options: MeterwayErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MeterwayError';
    this.code = options.code;
    this.next = options.next ?? 'stop';
    this.context = options.context ?? {};
  }
}

/** One thing wrong with a file or setting the user wrote. */
export interface Problem {
  /** File name, or `environment`. */
  readonly file: string;
  /** 1-based line, or null where there is none. */
  readonly line: number | null;
  /** Path of the value, such as `meters[3].address`, or the name of the variable. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

export function formatProblem(problem: Problem): string {
  const where = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  return problem.path === '' ? `${where}: ${problem.message}` : `${where}: ${problem.path}: ${problem.message}`;
}

/** Settings or a site file that cannot be used: all problems at once, exit code 2. */
export class ConfigError extends MeterwayError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[]) {
    const list = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
    super(`cannot use ${what}: ${problems.length} problem(s)\n${list}`, { code: 'config_invalid' });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Code of a Node system error, such as `EADDRINUSE`, or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
