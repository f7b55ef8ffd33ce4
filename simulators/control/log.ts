export type Log = (level: 'info' | 'warn' | 'error', msg: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON object a line, in the shape of pino, written at once. */
export function logTo(write: (line: string) => void, now: () => number): Log {
  return (level, msg, fields = {}) => {
    write(`${JSON.stringify({ level, time: now(), process: 'simulators', ...fields, msg })}\n`);
  };
}
