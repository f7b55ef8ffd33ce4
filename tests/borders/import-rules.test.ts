import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let root = '';

/** A file in a folder of ours with one import, and whether the rules must forbid it. */
const CASES: [file: string, imported: string, forbidden: boolean][] = [
  ['gateway/contract/a.ts', './b.ts', false],
  ['gateway/contract/a.ts', 'typebox', false],
  ['gateway/contract/a.ts', '#platform/b.ts', true],
  ['gateway/contract/a.ts', '../platform/b.ts', true],
  ['gateway/contract/a.ts', 'node:fs', true],
  ['gateway/platform/a.ts', '#contract/b.ts', false],
  ['gateway/platform/a.ts', '#domain/b.ts', true],
  ['gateway/platform/a.ts', '#stores/b.ts', true],
  ['gateway/platform/a.ts', '../stores/b.ts', true],
  ['gateway/platform/sub/a.ts', '../../contract/b.ts', true],
  ['gateway/domain/a.ts', '#contract/b.ts', false],
  ['gateway/domain/sub/a.ts', '../other/b.ts', false],
  ['gateway/domain/a.ts', '#platform/b.ts', true],
  ['gateway/domain/a.ts', '#stores/b.ts', true],
  ['gateway/domain/a.ts', '../stores/b.ts', true],
  ['gateway/domain/a.ts', 'node:fs', true],
  ['gateway/stores/a.ts', '#platform/b.ts', false],
  ['gateway/stores/a.ts', '#domain/b.ts', true],
  ['gateway/ingest/a.ts', '#stores/b.ts', false],
  ['gateway/ingest/a.ts', '../broker/b.ts', false],
  ['gateway/ingest/a.ts', '../stores/b.ts', true],
  ['gateway/ingest/a.ts', '../../collector/b.ts', true],
  ['gateway/upkeep/a.ts', '../stores/b.ts', true],
  ['gateway/backup/a.ts', '../../collector/b.ts', true],
  ['gateway/cli/doctor/a.ts', '../../stores/b.ts', true],
  ['gateway/cli/doctor/a.ts', '../../broker/b.ts', false],
  ['gateway/main.ts', './stores/b.ts', true],
  ['gateway/main.ts', '../simulators/b.ts', true],
  ['collector/lines/a.ts', '#platform/b.ts', false],
  ['collector/lines/a.ts', '#contract/b.ts', false],
  ['collector/lines/a.ts', '#domain/b.ts', true],
  ['collector/lines/a.ts', '#stores/b.ts', true],
  ['collector/lines/a.ts', '../../gateway/ingest/b.ts', true],
  ['collector/main.ts', '../simulators/b.ts', true],
  ['api/routes/a.ts', '#domain/b.ts', false],
  ['api/routes/a.ts', '#stores/b.ts', false],
  ['api/routes/a.ts', '../../gateway/ingest/b.ts', true],
  ['api/main.ts', '../collector/b.ts', true],
  ['simulators/meters/a.ts', '../b.ts', false],
  ['simulators/meters/a.ts', '#contract/b.ts', true],
  ['simulators/main.ts', '../gateway/contract/b.ts', true],
  ['simulators/main.ts', '../collector/b.ts', true],
];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'meterway-borders-'));
  cpSync('biome.json', join(root, 'biome.json'));
  cpSync('package.json', join(root, 'package.json'));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Files among the given ones in which the linter finds a forbidden import. */
function filesWithForbiddenImport(): Set<string> {
  const biome = resolve('node_modules/.bin/biome');
  const args = [
    'lint',
    '--vcs-enabled=false',
    '--only=style/noRestrictedImports',
    '--reporter=json',
    '--max-diagnostics=none',
    '.',
  ];
  let output: string;
  try {
    output = execFileSync(biome, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const report = JSON.parse(output) as { diagnostics: { category: string; location: { path: string } }[] };
  return new Set(
    report.diagnostics
      .filter((diagnostic) => diagnostic.category === 'lint/style/noRestrictedImports')
      .map((diagnostic) => diagnostic.location.path),
  );
}

describe('the import rules', () => {
  it('bite at every border, and nowhere else', () => {
    const expected: string[] = [];
    for (const [i, [file, imported, forbidden]] of CASES.entries()) {
      const path = file.replace(/a\.ts$/, `a${i}.ts`).replace(/main\.ts$/, `main${i}.ts`);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `import { b } from '${imported}';\nexport const a = b;\n`);
      if (forbidden) expected.push(path);
    }
    expect([...filesWithForbiddenImport()].toSorted()).toEqual(expected.toSorted());
  });
});
