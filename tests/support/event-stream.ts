import type { Standalone } from './standalone.ts';

/** An event as the stream tells it. */
export interface StreamEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Listens to `/events` (SSE) of a running program until stopped, and keeps what comes. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  readonly #abort = new AbortController();

  /** Resolves when the stream is open: what happens from now on is kept. */
  static async open(standalone: Standalone): Promise<EventStream> {
    const stream = new EventStream();
    const response = await fetch(`${standalone.url}/api/v1/events`, {
      headers: { authorization: standalone.authorization },
      signal: stream.#abort.signal,
    });
    if (!response.ok || !response.body) throw new Error(`/events answers ${response.status}`);
    void stream.#listen(response.body);
    return stream;
  }

  of(type: string): StreamEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  stop(): void {
    this.#abort.abort();
  }

  async #listen(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const chunk of body.pipeThrough(
        new TextDecoderStream() as never,
      ) as unknown as AsyncIterable<string>) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #take(block: string): void {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    const parsed: unknown = data === undefined ? null : JSON.parse(data);
    // Heartbeats have no subject.
    if (typeof parsed === 'object' && parsed !== null && 'subject' in parsed) this.events.push(parsed as StreamEvent);
  }
}
