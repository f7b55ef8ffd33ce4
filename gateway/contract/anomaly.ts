export const ANOMALY_RULES = ['stopped_meter'] as const;
export type AnomalyRule = (typeof ANOMALY_RULES)[number];

/** Data of one meter that contradict each other. `facts` are the numbers the rule saw, each with its unit in its name. */
export interface Anomaly {
  readonly id: string;
  readonly rule: AnomalyRule;
  readonly meter: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** The span of data that shows it, UTC ms. */
  readonly from: number;
  readonly to: number;
  readonly facts: Readonly<Record<string, number | string>>;
}
