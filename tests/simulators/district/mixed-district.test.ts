import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { openWorld, scenarioOf } from '../../../simulators/district/scenario.ts';
import { siteFileText } from '../../../simulators/district/site-file.ts';
import { LINE_KINDS, MODELS } from '../../../simulators/world/spec.ts';
import { NOW } from '../support/small-world.ts';

const scenario = scenarioOf('mixed', { anchorMs: NOW });

describe('the mixed district', () => {
  it('has every model and every way to talk that the default district has not', () => {
    const both = [scenario, scenarioOf('default', { anchorMs: NOW })];
    const models = both.flatMap(({ spec }) => spec.meters.map(({ model }) => model));
    const kinds = both.flatMap(({ spec }) => spec.lines.map(({ kind }) => kind));
    expect(MODELS.filter((model) => !models.includes(model))).toEqual(['dlt645-1997-3ph']);
    expect(LINE_KINDS.filter((kind) => !kinds.includes(kind))).toEqual(['dlt698-pty']);
  });

  it('opens with all its faults', () => {
    const world = openWorld(scenario);
    expect(world.faults.list().map(({ id }) => id)).toEqual(scenario.faults.map(({ id }) => id));
  });

  it('tells the collector how to reach a concentrator and where a terminal calls', () => {
    const endpoints = new Map(
      scenario.spec.lines.map(({ id, kind }, i) => [
        id,
        kind.endsWith('-dial-in') ? { dialInPort: 20_100 } : { host: '127.0.0.1', port: 20_001 + i },
      ]),
    );
    const text = siteFileText(scenario.spec, endpoints);
    expect(parseSite('site.yaml', text, NOW).meters).toHaveLength(scenario.spec.meters.length);
    const { lines } = parse(text) as { lines: readonly { id: string }[] };
    const line = (id: string) => lines.find((one) => one.id === id);
    expect(line('T-0101')).toMatchObject({
      protocol: 'dlt645',
      tcp: { host: '127.0.0.1', port: 20_001 },
      forward: { terminal: '31010001', port: 31, baudRate: 2_400, parity: 'even' },
      timing: { replyTimeoutMs: 1_640 },
    });
    expect(line('T-0102')).toMatchObject({
      protocol: 'dlt645',
      dialIn: { port: 20_100, terminal: '31010002' },
      forward: { terminal: '31010002' },
    });
    expect(line('T-0103')).toMatchObject({
      protocol: 'dlt698',
      dialIn: { port: 20_100, terminal: '310100000003' },
      timing: { replyTimeoutMs: 800 },
    });
    expect(line('T-0103')).not.toHaveProperty('forward');
  });
});
