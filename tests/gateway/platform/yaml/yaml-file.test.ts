import { type TSchema, Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '#platform/errors.ts';
import { checkYaml, parseYaml, problemAt, showPath } from '#platform/yaml/yaml-file.ts';

const strict = { additionalProperties: false } as const;
const Meter = Type.Object(
  { id: Type.String({ minLength: 1 }), ct: Type.Optional(Type.Integer({ minimum: 1 })) },
  strict,
);
const Site = Type.Object(
  { site: Type.Object({ name: Type.String() }, strict), meters: Type.Array(Meter, { minItems: 1 }) },
  strict,
);

function problems(text: string, schema: TSchema = Site): string[] {
  return checkYaml(parseYaml('site.yaml', text), schema).problems.map(formatProblem);
}

describe('a YAML file', () => {
  it('that fits gives its value', () => {
    const checked = checkYaml(parseYaml('site.yaml', 'site: { name: 台区 }\nmeters: [{ id: a, ct: 40 }]'), Site);
    expect(checked).toEqual({ value: { site: { name: '台区' }, meters: [{ id: 'a', ct: 40 }] }, problems: [] });
  });

  it('knows the line of each value, or of what holds it', () => {
    const file = parseYaml('site.yaml', '# a comment\nsite:\n  name: x\nmeters:\n  - id: a\n  - id: b\n    ct: 5\n');
    expect(file.lineOf(['site', 'name'])).toBe(3);
    expect(file.lineOf(['meters', 1, 'ct'])).toBe(7);
    expect(file.lineOf(['meters', 1, 'pt'])).toBe(6);
    expect(file.lineOf(['meters', 9, 'id'])).toBe(5);
    expect(file.lineOf(['nothing'])).toBe(2);
    expect(parseYaml('empty.yaml', '').lineOf(['site'])).toBeNull();
  });

  it('names a place as it would be written', () => {
    expect(showPath([])).toBe('');
    expect(showPath(['meters', 3, 'address'])).toBe('meters[3].address');
    const file = parseYaml('site.yaml', 'meters:\n  - id: a');
    expect(formatProblem(problemAt(file, ['meters', 0, 'id'], 'is taken'))).toBe('site.yaml:2: meters[0].id: is taken');
  });

  it.each([
    ['is no YAML', 'site: { name: x', /^site\.yaml:\d: /],
    ['says a key twice', 'site: { name: x }\nsite: { name: y }', /^site\.yaml:2: Map keys must be unique$/],
    ['has two documents', 'a: 1\n---\nb: 2', /^site\.yaml:\d: /],
    ['refers to an anchor that is not there', 'site: *missing', /^site\.yaml:1: Unresolved alias/],
    [
      'multiplies itself without end',
      ['a: &a [x, x, x, x, x, x, x, x, x]', ...'bcdefg'.split('').map((name, i) => multiplied(name, 'abcdef'[i]))].join(
        '\n',
      ),
      /^site\.yaml: .*alias/i,
    ],
  ])('that %s is refused with one problem and no value', (_what, text, message) => {
    const file = parseYaml('site.yaml', text);
    expect(file.value).toBeNull();
    expect(problems(text)).toEqual([expect.stringMatching(message)]);
  });

  it('that is empty or of another kind says what it must be', () => {
    expect(problems('')).toEqual(['site.yaml: must be a section with site, meters']);
    expect(problems('- a')).toEqual(['site.yaml:1: must be a section with site, meters']);
  });
});

function multiplied(name: string, by = ''): string {
  return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${by}`).join(', ')}]`;
}

describe('a file that does not fit its schema', () => {
  it('names every place in the order of the file, with what would be right', () => {
    const text = 'meters:\n  - id: ""\n    ct: big\n  - ct: 0\n    colour: red\nsite: {}\n';
    expect(problems(text)).toEqual([
      'site.yaml:2: meters[0].id: must be text, not empty',
      'site.yaml:3: meters[0].ct: must be a whole number of at least 1',
      'site.yaml:4: meters[1]: id is missing',
      'site.yaml:4: meters[1].ct: must be a whole number of at least 1',
      'site.yaml:5: meters[1].colour: no such key',
      'site.yaml:6: site: name is missing',
    ]);
  });

  it('names all that is missing at one place at once', () => {
    expect(problems('{}')).toEqual(['site.yaml:1: site, meters are missing']);
  });

  it('with a key that holds slashes and tildes names it as it is written', () => {
    expect(problems('"a/b~c": 1\nsite: { name: x }\nmeters: [{ id: a }]')).toEqual(['site.yaml:1: a/b~c: no such key']);
  });

  it('with a key that is a number does not take it for an entry of a list', () => {
    expect(problems('site: { name: x, 7: y }\nmeters: [{ id: a }]')).toEqual(['site.yaml:1: site.7: no such key']);
  });

  it('says once what one place must be, however many rules it breaks', () => {
    const schema = Type.Object({ code: Type.String({ minLength: 3, pattern: '^[a-z]+$' }) });
    expect(problems('code: "1"', schema)).toEqual(['site.yaml:1: code: must be text of the form ^[a-z]+$']);
  });

  it('names each of a thousand wrong places', () => {
    const meters = Array.from({ length: 1000 }, (_, i) => `  - { id: m${i}, ct: 0 }`).join('\n');
    const found = problems(`site: { name: x }\nmeters:\n${meters}`);
    expect(found).toHaveLength(1000);
    expect(found.at(-1)).toBe('site.yaml:1002: meters[999].ct: must be a whole number of at least 1');
  });
});
