import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (name: string): unknown => JSON.parse(readFileSync(ROOT + name, 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> };
const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };

describe('package-lock.json', () => {
  it('has every optional package of every platform, or npm ci would refuse it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('brings Node 24 for Linux and macOS', () => {
    const nodes = Object.keys(packages).filter((path) => /^node_modules\/node-(bin-)?(linux|darwin)-/.test(path));
    expect(nodes).toHaveLength(4);
  });

  it('names no registry', () => {
    expect(Object.entries(packages).flatMap(([path, { resolved }]) => (resolved === undefined ? [] : [path]))).toEqual(
      [],
    );
  });

  it('has no package with an install script on which nothing was decided', () => {
    const scripts = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
    );
    expect(scripts.filter((name) => !(name in allowScripts))).toEqual([]);
  });
});
