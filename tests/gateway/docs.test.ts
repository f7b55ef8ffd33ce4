import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asyncApi } from '#contract/asyncapi.ts';
import { ID_PATTERN } from '#contract/ids.ts';
import { CHANNELS, eventTopic, topic } from '#contract/topics.ts';
import { settingsTable } from '#platform/settings/table.ts';
import { generatedFiles, withSection } from '../../gateway/docs.ts';

const ROOT = new URL('../../', import.meta.url);

interface Document {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, { action: string; channel: { $ref: string } }>>;
}

interface Channel {
  readonly address: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly messages: Readonly<Record<string, { payload: { type: string; properties: object } }>>;
}

const document = JSON.parse(JSON.stringify(asyncApi())) as Document;

/** Every `$ref` of a document, wherever it stands. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsOf(inner)));
}

/** What stands at a JSON pointer of the document, or undefined. */
function at(pointer: string): unknown {
  const path = pointer.replace(/^#\//, '').split('/');
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
}

describe('the generated files', () => {
  it('stand in the tree as `node gateway/docs.ts` writes them', () => {
    const names = [...generatedFiles().keys()];
    expect(names).toEqual(['README.md', 'README.zh-CN.md', 'gateway/contract/asyncapi.json']);
    for (const [name, content] of generatedFiles()) {
      const path = new URL(name, ROOT);
      expect(existsSync(path), name).toBe(true);
      expect(readFileSync(path, 'utf8') === content, `${name} is out of date: run node gateway/docs.ts`).toBe(true);
    }
  });

  it('keep what a person wrote around the generated part', () => {
    const text = 'before\n<!-- settings -->\nold | table\n<!-- /settings -->\nafter\n';
    const filled = withSection(text, 'settings', settingsTable('en'));
    expect(filled).toBe(`before\n<!-- settings -->\n${settingsTable('en')}\n<!-- /settings -->\nafter\n`);
    expect(withSection(filled, 'settings', settingsTable('en'))).toBe(filled);
  });

  it('cannot be made where the marks are missing or the wrong way round', () => {
    for (const text of ['', '<!-- settings -->', '<!-- /settings -->', '<!-- /settings --><!-- settings -->']) {
      expect(() => withSection(text, 'settings', 'x'), text).toThrow(/marks/);
    }
  });
});

describe('asyncapi.json', () => {
  it('is the document of the schemas', () => {
    const stored = readFileSync(new URL('gateway/contract/asyncapi.json', ROOT), 'utf8');
    expect(JSON.parse(stored)).toEqual(document);
  });

  it('has every topic of the contract under its full name, and no other', () => {
    const addresses = Object.values(document.channels).map(({ address }) => address);
    const ofCollectors = CHANNELS.map((channel) => topic('{district}', '{collector}', channel));
    expect(addresses.sort()).toEqual([...ofCollectors, eventTopic('{district}')].sort());
  });

  it('names every parameter of its addresses, and no other', () => {
    for (const [name, { address, parameters }] of Object.entries(document.channels)) {
      const used = [...address.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      expect(Object.keys(parameters), name).toEqual(used);
    }
  });

  it('has references that lead somewhere, and one operation for each channel', () => {
    const refs = refsOf(document);
    expect(refs.filter((ref) => !ref.startsWith('#/') || at(ref) === undefined)).toEqual([]);
    const channels = Object.values(document.operations).map(({ channel }) => channel.$ref);
    expect(channels.sort()).toEqual(
      Object.keys(document.channels)
        .map((name) => `#/channels/${name}`)
        .sort(),
    );
  });

  it('describes each message as an object whose ids are checked', () => {
    for (const [name, { messages }] of Object.entries(document.channels)) {
      const payloads = Object.values(messages).map(({ payload }) => payload);
      expect(payloads, name).toMatchObject([{ type: 'object' }]);
      expect(JSON.stringify(payloads), name).toContain(JSON.stringify(ID_PATTERN));
    }
  });
});
