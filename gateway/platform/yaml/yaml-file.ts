import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { formatProblem, messageOf, type Problem } from '../errors.ts';
import { expectation } from './expectation.ts';
import { type SchemaError, schemaErrors } from './schema-errors.ts';

type Path = readonly (string | number)[];

export interface YamlFile {
  readonly name: string;
  readonly value: unknown;
  /** Syntax errors and doubled keys. */
  readonly problems: readonly Problem[];
  /** 1-based line of the value at a path, or of its nearest parent. */
  lineOf(path: Path): number | null;
}

export function parseYaml(name: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: Problem[] = document.errors.map((error) => ({
    file: name,
    line: error.linePos?.[0].line ?? null,
    path: '',
    message: withoutQuotes(error.message),
  }));
  let value: unknown = null;
  try {
    if (problems.length === 0) value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or one that multiplies the file without end.
    problems.push({
      file: name,
      line: brokenAlias(document, lines),
      path: '',
      message: withoutQuotes(messageOf(error)),
    });
  }
  const lineOf = (path: Path): number | null => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  return { name, value, problems, lineOf };
}

/** Line of the first alias without an anchor, or null. */
function brokenAlias(document: Document, lines: LineCounter): number | null {
  let line: number | null = null;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) || !alias.range) return;
      line = lines.linePos(alias.range[0]).line;
      return visit.BREAK;
    },
  });
  return line;
}

/** What the library says, without what it quotes of the file: that may be a password, or belong to a customer. */
function withoutQuotes(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replace(/ at line \d+, column \d+:?$/, '').replace(/: .*/, '');
}

/** `meters[3].address` */
export function showPath(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** A problem at a path of the file. */
export function problemAt(file: YamlFile, path: Path, message: string): Problem {
  return { file: file.name, line: file.lineOf(path), path: showPath(path), message };
}

export type Checked<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] };

/** The file's value when it fits the schema, else every place where it does not, with what would be right. */
export function checkYaml<S extends TSchema>(file: YamlFile, schema: S): Checked<Static<S>> {
  if (file.problems.length > 0) return { problems: file.problems };
  if (Value.Check(schema, file.value)) return { value: file.value as Static<S>, problems: [] };
  const problems = new Map<string, Problem>();
  for (const error of schemaErrors(schema, file.value)) {
    const found = explain(file, schema, error);
    problems.set(formatProblem(found), found);
  }
  return { problems: [...problems.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function explain(file: YamlFile, schema: TSchema, error: SchemaError): Problem {
  const path = pointerParts(error.instancePath, file.value);
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'boolean') return problemAt(file, path, 'no such key');
  if (error.keyword === 'required') {
    const missing = (params['requiredProperties'] as string[] | undefined) ?? [];
    return problemAt(file, path, `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
  }
  const at = schemaAt(schema, error.schemaPath);
  return problemAt(file, path, at ? `must be ${expectation(at)}` : error.message);
}

function pointerParts(pointer: string, value: unknown): (string | number)[] {
  let here = value;
  const parts: (string | number)[] = [];
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    const part = Array.isArray(here) ? Number(name) : name;
    parts.push(part);
    here = here !== null && typeof here === 'object' ? (here as Record<string, unknown>)[name] : undefined;
  }
  return parts;
}

function schemaAt(schema: TSchema, schemaPath: string): TSchema | undefined {
  let here: unknown = schema;
  for (const part of schemaPath.split('/').slice(1)) {
    if (here === null || typeof here !== 'object') return undefined;
    here = (here as Record<string, unknown>)[part];
  }
  return here !== null && typeof here === 'object' ? (here as TSchema) : undefined;
}
