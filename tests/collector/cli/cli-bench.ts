import { systemClock } from '#platform/clock.ts';
import type { Cli } from '../../../collector/cli/context.ts';
import { GatewaySites } from '../../../collector/cli/gateway-sites.ts';
import { run } from '../../../collector/cli/run.ts';
import { answerTo } from '../../../gateway/cli/answers.ts';

export interface CliBench {
  readonly cli: Cli;
  /** Results, and remarks, as they were written. */
  readonly out: string[];
  readonly notes: string[];
  /** Runs one command line and resolves with its exit code. */
  run(...argv: string[]): Promise<number>;
  stop(): void;
}

/** The commands in this process, with the gateway's side answering as it does over the channel. */
export function cliBench(options: { now?: number; stdin?: string } = {}): CliBench {
  const out: string[] = [];
  const notes: string[] = [];
  const abort = new AbortController();
  const listeners: ((message: unknown) => void)[] = [];
  const sites = new GatewaySites({
    send: (message) => void answerTo(message).then((reply) => listeners.forEach((listener) => void listener(reply))),
    onMessage: (listener) => void listeners.push(listener),
  });
  const cli: Cli = {
    terminal: {
      out: (text) => void out.push(text),
      note: (text) => void notes.push(text),
      redraw: () => {},
      isLive: false,
      columns: 80,
    },
    clock: systemClock(options.now === undefined ? 0 : options.now - Date.now()),
    sites,
    signal: abort.signal,
    stdin: async () => options.stdin ?? null,
  };
  return { cli, out, notes, run: (...argv) => run(cli, argv), stop: () => abort.abort() };
}
