import { every } from '#platform/clock.ts';
import type { App, Kit } from '../routes/route-kit.ts';
import { observeWebhooks } from './metrics.ts';
import type { Poster } from './poster.ts';
import { TICK_MS, WebhookSender } from './sender.ts';

/** Sends to webhooks while the application listens; one that only answers injected requests sends nothing. */
export function startWebhooks(app: App, { state, site, clock, logger, metrics }: Kit, post: Poster): void {
  const { webhooks, events } = state;
  const observer = observeWebhooks(metrics, webhooks, () => clock.now());
  const nameOfSite = async (): Promise<string> => (await site.index()).registry.name;
  const sender = new WebhookSender({ webhooks, events, site: nameOfSite, post, observer, clock, logger });
  let cancel = (): void => {};
  app.addHook('onListen', () => {
    cancel = every({ clock, logger, name: 'webhooks', ms: TICK_MS }, () => sender.tick());
  });
  app.addHook('preClose', async () => {
    cancel();
    await sender.stop();
  });
}
