import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asyncApi } from '#contract/asyncapi.ts';
import { settingsTable } from '#platform/settings/table.ts';

const ROOT = new URL('../', import.meta.url);

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, ROOT));
}

/** Text of a file with the part between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the marks ${begin} and ${end} are missing`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

/** Content of every generated file, by its path from the root. */
export function generatedFiles(): Map<string, string> {
  const readme = (name: string, language: 'en' | 'zh'): [string, string] => [
    name,
    withSection(readFileSync(pathOf(name), 'utf8'), 'settings', settingsTable(language)),
  ];
  return new Map([
    readme('README.md', 'en'),
    readme('README.zh-CN.md', 'zh'),
    ['gateway/contract/asyncapi.json', `${JSON.stringify(asyncApi(), null, 2)}\n`],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of generatedFiles()) writeFileSync(pathOf(name), content);
}
