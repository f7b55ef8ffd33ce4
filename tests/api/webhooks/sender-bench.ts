import type { NewCentreEvent } from '#contract/centre-event.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import type { Delivery, Webhook } from '#stores/webhook-store.ts';
import type { DeliveryOutcome } from '../../../api/webhooks/metrics.ts';
import type { Post } from '../../../api/webhooks/poster.ts';
import { WebhookSender } from '../../../api/webhooks/sender.ts';
import { AT, centreEvent } from '../../gateway/stores/state-samples.ts';
import { webhook } from '../../gateway/stores/webhooks-contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

/** What the receivers answer: a status, or what is thrown. */
type Answer = (post: Post) => number | Promise<number>;

/** Senders over one real state store, with receivers in the hands of the test. */
export class SenderBench {
  readonly clock = new ManualClock(AT);
  readonly posts: Post[] = [];
  readonly outcomes: DeliveryOutcome[] = [];
  readonly seconds: number[] = [];
  answer: Answer = () => 200;
  readonly #path: string;
  readonly #opened: StateStore[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<SenderBench> {
    const bench = new SenderBench(path);
    await bench.store();
    return bench;
  }

  /** Another connection to the same database, as another process would have. */
  async store(): Promise<StateStore> {
    const store = await openSqliteStateStore(this.#path);
    this.#opened.push(store);
    return store;
  }

  get state(): StateStore {
    const [first] = this.#opened;
    if (!first) throw new Error('the bench is not open');
    return first;
  }

  sender(state = this.state): WebhookSender {
    return new WebhookSender({
      webhooks: state.webhooks,
      events: state.events,
      site: async () => '测试站',
      post: async (post) => {
        this.posts.push(post);
        return this.answer(post);
      },
      observer: {
        attempted: (outcome) => void this.outcomes.push(outcome),
        posted: (seconds) => void this.seconds.push(seconds),
      },
      clock: this.clock,
      logger: quietLogger(),
      random: () => 0.5,
    });
  }

  /** Webhooks take all events, at a rate that no test reaches by accident. */
  async hook(over: Partial<Webhook> = {}): Promise<void> {
    await this.state.webhooks.add(webhook({ districts: null, perMinute: 6000, ...over }));
  }

  async tell(...events: Partial<NewCentreEvent>[]): Promise<void> {
    await this.state.events.tell(
      events.map((event) => centreEvent(event)),
      this.clock.now(),
    );
  }

  /** One turn, to its end. */
  async turn(sender: WebhookSender, waitMs = 0): Promise<void> {
    if (waitMs > 0) await this.clock.advance(waitMs);
    await sender.tick();
    await sender.settled();
  }

  deliveries(id = 'w1'): Promise<Delivery[]> {
    return this.state.webhooks.deliveries(id, { limit: 1000 });
  }

  /** What receivers were sent, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
  get bodies(): any[] {
    return this.posts.map(({ body }) => JSON.parse(body));
  }

  get ids(): (string | undefined)[] {
    return this.posts.map(({ headers }) => headers['webhook-id']);
  }

  async close(): Promise<void> {
    for (const store of this.#opened.splice(0)) await store.close();
  }
}
