import { describe, expect, it } from 'vitest';
import { buildTopology } from '#domain/outages/build-topology.ts';
import { packTopology } from '#domain/outages/pack-topology.ts';
import { NONE, THREE_PHASES } from '#domain/outages/topology.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, line, meter, registry } from '../site.ts';
import { areaMeters, meterAt } from './site.ts';

describe('the topology of a registry', () => {
  const removed = at('2026-06-01');
  const index = new RegistryIndex(
    registry({
      lines: [line('l1', { concentrator: 'k1' })],
      accounts: [account('1'), account('2', { status: 'closed' })],
      meters: [
        meter('c1', { phase: 'b', branch: 'B1', box: 'X1' }),
        meter('gone'),
        meter('big', { model: 'dlt645-3ph', phase: 'a' }),
        meter('s', { role: 'supply' }),
        meter('check', { role: 'check' }),
        meter('closed'),
      ],
      installations: [
        installation('c1', { account: '1' }),
        ...['big', 's', 'check'].map((id) => installation(id)),
        installation('gone', { to: removed }),
        installation('closed', { account: '2' }),
      ],
    }),
  );

  it('has the meters that are in place, without check meters', () => {
    const idsAt = (instant: number) => [...buildTopology(index, instant).meters.ids.texts].sort();
    expect(idsAt(removed)).toEqual(['big', 'c1', 'closed', 's']);
    expect(idsAt(removed - 1)).toContain('gone');
  });

  it('knows the phase of single-phase meters, who is idle, and who speaks for the area', () => {
    const { meters, tree, ways, districts } = buildTopology(index, removed);
    const of = (column: Uint8Array) => (id: string) => column[meters.ids.numberOf(id) ?? NONE];
    expect(['c1', 'big', 'closed'].map(of(meters.phase))).toEqual([2, THREE_PHASES, 0]);
    expect(['c1', 'closed'].map(of(meters.idle))).toEqual([0, 1]);
    expect(['c1', 's'].map(of(meters.supply))).toEqual([0, 1]);
    expect(tree.names).toEqual(['f1', 'a1', 'a1/B1', 'a1/X1']);
    expect([...tree.customers]).toEqual([2, 2, 1, 1]);
    expect(ways.areaOf[ways.concentrators.numberOf('k1') ?? NONE]).toBe(1);
    expect(districts.get('f1')).toBe('d1');
  });
});

describe('a packed topology', () => {
  it('is the same in whatever order the meters come', () => {
    const meters = [
      ...areaMeters('a2', { boxed: false }),
      ...areaMeters('a1'),
      meterAt('lone', { area: 'a0', feeder: null }),
    ];
    const one = packTopology(meters);
    const other = packTopology(meters.toReversed());
    expect(other.tree).toEqual(one.tree);
    expect([...other.meters.ids.texts].sort()).toEqual([...one.meters.ids.texts].sort());
    expect(one.tree.names.slice(0, 5)).toEqual(['', 'a0', 'f1', 'a1', 'a1/B0']);
  });

  it('has every meter in the range of each node above it', () => {
    const { tree, meters } = packTopology([...areaMeters('a1'), ...areaMeters('a2', { boxed: false })]);
    for (const [number, lowest] of meters.node.entries()) {
      for (let node = lowest; node !== NONE; node = tree.parent[node] ?? NONE) {
        expect(number).toBeGreaterThanOrEqual(tree.firstMeter[node] ?? NONE);
        expect(number).toBeLessThan(tree.endMeter[node] ?? NONE);
      }
    }
  });
});
