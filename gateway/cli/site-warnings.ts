import type { Registry } from '#contract/registry.ts';

/** How many names stand in one warning. */
const MOST_NAMES = 5;

/** What a site file may say and hardly ever means. One sentence each. */
export function siteWarnings(registry: Registry): string[] {
  const { meters, lines, areas, accounts, installations } = registry;
  const used = new Set(meters.map(({ line }) => line));
  const supplied = new Set(meters.filter(({ role }) => role === 'supply').map(({ area }) => area));
  const populated = new Set(meters.map(({ area }) => area));
  const customers = new Set(meters.filter(({ role }) => role === 'customer').map(({ id }) => id));
  const served = new Set(installations.flatMap(({ account }) => account ?? []));
  const unnamed = installations.filter(({ meter, account }) => account === null && customers.has(meter));
  return [
    ...told(
      lines.filter(({ id }) => !used.has(id)).map(({ id }) => id),
      (names) => `no meter hangs on line ${names}`,
    ),
    ...told(
      areas.filter(({ id }) => !populated.has(id)).map(({ id }) => id),
      (names) => `no meter belongs to area ${names}`,
    ),
    ...told(
      areas.filter(({ id }) => populated.has(id) && !supplied.has(id)).map(({ id }) => id),
      (names) => `no supply meter in area ${names}: its losses cannot be worked out`,
    ),
    ...told(
      unnamed.map(({ meter }) => meter),
      (names) => `no account for customer meter ${names}: its reads cannot be billed`,
    ),
    ...told(
      accounts.filter(({ no, status }) => status === 'active' && !served.has(no)).map(({ no }) => no),
      (names) => `no meter for active account ${names}`,
    ),
  ];
}

function told(names: readonly string[], sentence: (names: string) => string): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return [sentence(`${names.slice(0, MOST_NAMES).join(', ')}${more}`)];
}
