import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const DASHBOARD = 'gateway/operations/grafana-dashboard.json';
export const ALERTS = 'gateway/operations/alerts.yml';
export const ALERTS_TEST = 'gateway/operations/alerts.test.yml';

/** A query and where it stands. */
export interface Query {
  readonly where: string;
  readonly expr: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

export interface Dashboard {
  readonly schemaVersion: number;
  readonly id?: unknown;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly Panel[];
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
}

export function rules(): Rule[] {
  const { groups } = parse(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

/** What the dashboard asks, its variables filled in. */
export function dashboardQueries(): Query[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel "${title}"`, expr: expr.replaceAll('$collector', '.*') })),
  );
}

export function ruleQueries(): Query[] {
  return rules().map(({ alert, expr }) => ({ where: `rule ${alert}`, expr }));
}
