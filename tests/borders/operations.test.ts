import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exposed, exposedIn, namesOf } from '../support/exposed-metrics.ts';
import { dashboard, dashboardQueries, ruleQueries, rules } from '../support/operations-files.ts';
import {
  anomaliesScrape,
  apiScrape,
  collectorScrape,
  figuresScrape,
  gatewayScrape,
} from '../support/program-metrics.ts';

/** Metrics of the programs, by each name that a query may use. */
const byName = new Map<string, Exposed[]>();
let ours: Exposed[] = [];
const folder = mkdtempSync(join(tmpdir(), 'meterway-operations-'));

beforeAll(async () => {
  const scrapes = [
    await gatewayScrape(folder),
    await collectorScrape(folder),
    await figuresScrape(),
    await anomaliesScrape(),
    await apiScrape(),
  ];
  const all = scrapes.flatMap((text) => [...exposedIn(text).values()]);
  for (const metric of all) for (const name of namesOf(metric)) byName.set(name, [...(byName.get(name) ?? []), metric]);
  ours = all.filter(({ name }) => !/^meterway_(nodejs|process)_/.test(name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what the programs export', () => {
  it('has a help text, and a name that says its unit', () => {
    for (const { name, type, help } of ours) {
      expect(help, name).toMatch(/^\S.{9,}/);
      expect(name).toMatch(/^meterway_[a-z0-9_]+$/);
      expect(name, 'base units').not.toMatch(/_(ms|millis|minutes|hours|kb|mb|percent)(_|$)/);
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });

  it('has no meter, account or address for a label, except where their number is bounded', () => {
    const bounded = ours.filter(({ name }) => !name.startsWith('meterway_address_'));
    for (const { name, labels } of bounded) {
      for (const label of ['meter', 'account', 'address', 'slot']) expect(labels, name).not.toContain(label);
    }
  });
});

describe('the dashboard and the alert rules', () => {
  it('ask for nothing that no program exports', () => {
    for (const { where, expr } of [...dashboardQueries(), ...ruleQueries()]) {
      const names = expr.match(/\bmeterway_\w+/g) ?? [];
      expect(names.length, where).toBeGreaterThan(0);
      for (const name of names) expect([...byName.keys()], where).toContain(name);
    }
  });

  it('choose by labels that the metric has', () => {
    for (const { where, expr } of [...dashboardQueries(), ...ruleQueries()]) {
      for (const [, name = '', chosen = ''] of expr.matchAll(/(\bmeterway_\w+)\{([^}]*)\}/g)) {
        const labels = new Set(byName.get(name)?.flatMap((metric) => [...metric.labels]));
        for (const [, label = ''] of chosen.matchAll(/(\w+)\s*(?:=|!)/g))
          expect(labels, `${where}: ${name}`).toContain(label);
      }
    }
  });
});

describe('the dashboard', () => {
  it('belongs to no installation: its data source is chosen, and it has no id', () => {
    const { id, schemaVersion, templating, panels } = dashboard();
    expect(id ?? null).toBeNull();
    expect(schemaVersion).toBeGreaterThanOrEqual(38);
    expect(templating.list).toContainEqual(expect.objectContaining({ name: 'datasource', type: 'datasource' }));
    for (const { title, targets = [] } of panels) {
      for (const { datasource } of targets) expect(datasource.uid, title).toBe('$' + '{datasource}');
    }
  });

  it('has a row for each hop, and panels of its own with a description in Chinese that do not overlap', () => {
    const { panels } = dashboard();
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Is everything read?',
      'Field: lines and collectors',
      'Delivery: spool to centre',
      'Centre: validation and commit',
      'Stores',
      'Processes',
      'Figures',
      'Abnormal use',
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { title, description } of panels) expect(description, title).toMatch(/\p{Script=Han}/u);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('each alert', () => {
  it('says how bad it is, what has happened and what to do first, in both languages', () => {
    for (const { alert, labels, annotations } of rules()) {
      expect(alert).toMatch(/^Meterway[A-Z]\w+$/);
      expect(['warning', 'critical'], alert).toContain(labels['severity']);
      for (const text of ['summary', 'description', 'action']) {
        expect(annotations[text], `${alert}: ${text}`).toMatch(/\w{2}.*\w/);
        expect(annotations[`${text}_zh`], `${alert}: ${text}_zh`).toMatch(/\p{Script=Han}/u);
      }
    }
  });
});
