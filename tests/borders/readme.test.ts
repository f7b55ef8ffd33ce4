import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSite, parseSite } from '../../gateway/registry/site-file.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const NOW = Date.UTC(2026, 10, 20, 2, 0);
const EN = readFileSync(`${ROOT}README.md`, 'utf8');
const ZH = readFileSync(`${ROOT}README.zh-CN.md`, 'utf8');
const READMES = [
  ['README.md', EN],
  ['README.zh-CN.md', ZH],
] as const;

/** Fenced blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, block]) => block ?? '');
}

describe.each(READMES)('%s', (_, text) => {
  it('shows a site file of ten lines or fewer that can be used as it stands', () => {
    const [block, ...others] = blocks(text, 'yaml');
    expect(others).toEqual([]);
    expect(block?.trim().split('\n').length).toBeLessThanOrEqual(10);
    const registry = parseSite('my-site.yaml', block ?? '', NOW);
    expect(registry.meters.map((meter) => meter.id)).toEqual(['002301000017']);
  });

  it('shows the other link of a line in a form that can be used, too', () => {
    const tcp = /(tcp: \{ .* \})/.exec(text)?.[1] ?? '';
    const [block = ''] = blocks(text, 'yaml');
    const registry = parseSite('my-site.yaml', block.replace(/serial: \{.*?\}/, tcp), NOW);
    expect(registry.lines[0]?.link).toEqual({ tcp: { host: '192.168.1.20', port: 7001 } });
  });

  it('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:tests|gateway|collector|api|simulators)\/[^\s`]+)`|\]\(([^)#:]+)\)/g)];
    const paths = named.map(([, code, link]) => code ?? link ?? '');
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: object };
    const named = [...text.matchAll(/npm (?:run )?(start|test|run [a-z:]+|(?<=run )[a-z:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !(String(name) in scripts))).toEqual([]);
  });
});

describe('the two READMEs', () => {
  it('have the same shape, name the same files and show the same commands', () => {
    const shape = (text: string): object => ({
      levels: [...text.matchAll(/^#+(?= )/gm)].map(([level]) => level),
      rows: [...text.matchAll(/^\|/gm)].length,
      decisions: [...text.matchAll(/^\d+\. /gm)].length,
      commands: [...text.matchAll(/^ {4}(npm .*?)(?:\s+#.*)?$/gm)].map(([, command]) => command),
      tests: [...text.matchAll(/`(tests\/[^\s`]+)`/g)].map(([, path]) => path),
      settings: [...text.matchAll(/METERWAY_[A-Z_]+/g)].map(([name]) => name),
    });
    expect(shape(ZH)).toEqual(shape(EN));
  });
});

describe('gateway/site.example.yaml', () => {
  it('is a valid site with a serial line, a concentrator, a Modbus TCP line and a supply meter', () => {
    const registry = loadSite(`${ROOT}gateway/site.example.yaml`, NOW);
    expect(registry.lines.map((line) => line.protocol)).toEqual(['dlt645', 'dlt645', 'modbus-tcp']);
    expect(registry.lines.map((line) => Object.keys(line.link)[0])).toEqual(['serial', 'tcp', 'tcp']);
    expect(registry.meters.map((meter) => meter.role)).toEqual(['customer', 'customer', 'supply']);
  });
});
