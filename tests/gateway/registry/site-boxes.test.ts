import { describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/errors.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);

/** Meters 1, 2, … from line 7 on, each with what is said of it. */
const site = (...places: readonly string[]): string => `
site: { name: Boxes }
areas: [{ id: A1, name: Area 1, kva: 400 }, { id: A2, name: Area 2, kva: 400 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
meters:
${places.map((place, i) => `  - { id: "${i + 1}", model: dlt645-1ph, line: L1, ${place} }`).join('\n')}
`;

function problemsOf(...places: readonly string[]): string[] {
  try {
    parseSite('site.yaml', site(...places), NOW);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.line} ${p.path}: ${p.message}`);
    throw error;
  }
  return [];
}

describe('branches and boxes in a site file', () => {
  it('say where in its area a meter hangs; a meter of which nothing is said has neither', () => {
    const text = site('area: A1, branch: B1, box: X1', 'area: A1, branch: B1', 'area: A1, box: X1', 'area: A1');
    const { meters } = parseSite('site.yaml', text, NOW);
    expect(meters.map(({ branch, box }) => [branch, box])).toEqual([
      ['B1', 'X1'],
      ['B1', undefined],
      [undefined, 'X1'],
      [undefined, undefined],
    ]);
    expect(Object.keys(meters[3] ?? {})).not.toEqual(expect.arrayContaining(['branch']));
    expect(Object.keys(meters[3] ?? {})).not.toEqual(expect.arrayContaining(['box']));
  });

  it('may have the same ids in two areas, and a branch the id of a box', () => {
    expect(problemsOf('area: A1, branch: B1, box: X1', 'area: A2, branch: B2, box: X1')).toEqual([]);
    expect(problemsOf('area: A1, branch: B1, box: B1', 'area: A1, branch: B2, box: B2')).toEqual([]);
  });

  it('are refused where one box would lie on two branches; both meters are named', () => {
    const box = (branch: string): string => `area: A1, branch: ${branch}, box: X1`;
    expect(problemsOf(box('B1'), 'area: A1, box: X1', box('B2'), box('B1'), box('B3'))).toEqual([
      '9 meters[2].branch: box X1 of area A1 lies on one branch: that of meter 3 is on B2, that of meter 1 on B1',
      '11 meters[4].branch: box X1 of area A1 lies on one branch: that of meter 5 is on B3, that of meter 1 on B1',
    ]);
  });

  it('have ids of the usual shape', () => {
    const problems = problemsOf('area: A1, branch: "B 1", box: ""');
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['7 meters[0].branch', '7 meters[0].box']);
  });
});
