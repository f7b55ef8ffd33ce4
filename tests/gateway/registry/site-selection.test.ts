import { describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/errors.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);

const site = (selection: string, kind = 'profile', calendar = 'everyS: 300'): string => `
site: { name: Large customers }
areas: [{ id: A1, name: Area 1, kva: 400 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
meters:
  - { id: "1", model: dlt645-3ph, line: L1, area: A1 }
tasks:
  - id: fine
    kind: ${kind}
    calendar: { ${calendar} }
    items: [energy_import_wh]
    delayS: 20
    backfillDays: 0
    repairDays: 2
    toleranceS: 120
    retryAt: []
    firstPassUntil: "23:59"
    for: ${selection}
`;

function problems(text: string): string[] {
  try {
    parseSite('site.yaml', text, NOW);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('a task for some customers in a site file', () => {
  it('names categories, priorities or both', () => {
    for (const selection of [{ categories: ['dedicated'] }, { priorities: ['large'] }]) {
      const [task] = parseSite('site.yaml', site(JSON.stringify(selection)), NOW).tasks;
      expect(task?.for).toEqual(selection);
    }
    expect(problems(site('{ categories: [dedicated, generator], priorities: [large] }'))).toEqual([]);
  });

  it('says which categories and priorities there are when one is not', () => {
    expect(problems(site('{ categories: [dedicated, factory] }'))).toEqual([
      '19 tasks[0].for.categories[1]: must be one of resident, commercial, dedicated, generator',
    ]);
    expect(problems(site('{ priorities: [huge] }'))).toEqual([
      '19 tasks[0].for.priorities[0]: must be one of normal, large, critical, vulnerable',
    ]);
    expect(problems(site('{ areas: [A1] }'))).toEqual([expect.stringContaining('tasks[0].for')]);
  });

  it('must name somebody', () => {
    expect(problems(site('{}'))).toEqual(['19 tasks[0].for: must be a section with categories, priorities']);
    expect(problems(site('{ categories: [] }'))).toEqual(['19 tasks[0].for.categories: must be a list, not empty']);
  });

  it('is no freeze', () => {
    expect(problems(site('{ priorities: [large] }', 'freeze-day', 'every: day'))).toEqual([
      '19 tasks[0].for: a freeze-day task is for all meters: success rates, bills and line losses stand on it',
    ]);
    expect(problems(site('{ priorities: [large] }', 'instant'))).toEqual([]);
  });
});
