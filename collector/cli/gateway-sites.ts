import { UsageError } from '#platform/cli/usage.ts';
import { ConfigError, MeterwayError, type Problem } from '#platform/errors.ts';
import type { LineDefaults, Site, SiteSource } from './context.ts';

/** The channel to the process that started this one. */
interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

interface Reply {
  readonly id: number;
  readonly site?: Site;
  readonly defaults?: LineDefaults;
  readonly problems?: readonly Problem[];
  readonly isMissing?: boolean;
  readonly error?: string;
}

/** Asks the gateway's side of the command, which alone can read site files. */
export class GatewaySites implements SiteSource {
  readonly #channel: Channel;
  readonly #open = new Map<number, (reply: Reply) => void>();
  #asked = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onMessage((message) => {
      // Both sides are of one program and version: the shape is what gateway/cli/answers.ts says.
      const reply = message as Reply;
      this.#open.get(reply.id)?.(reply);
      this.#open.delete(reply.id);
    });
  }

  async site(file: string): Promise<Site> {
    const { site, problems, isMissing, error } = await this.#ask({ ask: 'site', file });
    if (site) return site;
    const problem = problems?.[0];
    if (isMissing) throw new UsageError(`cannot use site file ${file}: ${problem?.message ?? 'not there'}`);
    if (problems) throw new ConfigError('the site file', problems);
    throw new MeterwayError(`cannot load ${file}: ${error ?? 'no answer'}`, { code: 'site_failed' });
  }

  async defaults(): Promise<LineDefaults> {
    const { defaults, error } = await this.#ask({ ask: 'defaults' });
    if (defaults) return defaults;
    throw new MeterwayError(`cannot get the settings of lines: ${error ?? 'no answer'}`, { code: 'site_failed' });
  }

  #ask(question: { readonly ask: 'site' | 'defaults'; readonly file?: string }): Promise<Reply> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#channel.send({ id, ...question });
    });
  }
}
