/** One metric as a scrape shows it. */
export interface Exposed {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Names of the labels of its samples; empty when it has none yet. */
  readonly labels: ReadonlySet<string>;
}

/** The metrics in the text of a scrape, by name. */
export function exposedIn(text: string): Map<string, Exposed> {
  const found = new Map<string, Exposed>();
  const helps = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (what === 'HELP') helps.set(name, rest);
    if (what === 'TYPE')
      found.set(name, { name, type: rest, help: helps.get(name) ?? '', labels: labelsIn(text, name) });
  }
  return found;
}

function labelsIn(text: string, name: string): Set<string> {
  const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'));
  return new Set(
    [...samples].flatMap(([, labels = '']) => [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)),
  );
}

/** Every name that may stand in a query for these metrics. */
export function namesOf({ name, type }: Exposed): string[] {
  return type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
}
