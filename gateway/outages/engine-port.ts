import type { OutageEngine } from '#domain/outages/outage-engine.ts';

/** What the running part needs of the engine. */
export type Engine = Pick<
  OutageEngine,
  'take' | 'ordinary' | 'setPlans' | 'setDisconnected' | 'settle' | 'wishes' | 'open' | 'storm'
>;

/** An engine over the registry as it is at an instant, and a way to look at the registry anew. */
export interface EngineOverRegistry {
  readonly engine: Engine;
  renew(at: number): void;
}
