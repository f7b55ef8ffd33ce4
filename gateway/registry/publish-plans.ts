import type { Registry } from '#contract/registry.ts';
import { topic } from '#contract/topics.ts';
import type { Logger } from '#platform/logger.ts';
import type { MqttPort } from '#platform/mqtt.ts';
import { planFor } from './plans.ts';

/** Tells every collector what to read: retained, so that one that starts later hears it too. */
export async function publishPlans(registry: Registry, mqtt: Pick<MqttPort, 'publish'>, logger: Logger): Promise<void> {
  for (const collector of registry.collectors) {
    const plan = planFor(registry, collector);
    await mqtt.publish(topic(collector.district, collector.id, 'down/plan'), JSON.stringify(plan), { retain: true });
    logger.info({ collector: collector.id, plan: plan.version, meters: plan.meters.length }, 'the plan is published');
  }
}
