import { Type } from 'typebox';
import { Settings } from 'typebox/system';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '#platform/errors.ts';
import { schemaErrors } from '#platform/yaml/schema-errors.ts';
import { checkYaml, parseYaml } from '#platform/yaml/yaml-file.ts';

const strict = { additionalProperties: false } as const;
const Calendar = Type.Union([
  Type.Object({ every: Type.Literal('day') }, strict),
  Type.Object({ every: Type.Literal('month') }, strict),
  Type.Object({ everyS: Type.Integer({ minimum: 1, maximum: 86_400 }) }, strict),
]);
const Task = Type.Object({ calendar: Calendar, delayS: Type.Optional(Type.Integer({ minimum: 0 })) }, strict);
const Tasks = Type.Array(Task);

const CALENDAR =
  'must be a section with every: day or a section with every: month or ' +
  'a section with everyS: a whole number from 1 to 86400';

function problems(text: string): string[] {
  return checkYaml(parseYaml('site.yaml', text), Tasks).problems.map(formatProblem);
}

describe('a choice between alternatives', () => {
  it.each(['{ every: day }', '{ every: month }', '{ everyS: 900 }'])('is content with %s', (calendar) => {
    expect(problems(`- calendar: ${calendar}`)).toEqual([]);
  });

  it.each([
    'day',
    '',
    '{}',
    '[]',
    '{ every: week }',
    '{ everyS: 0 }',
    '{ everyS: 900, at: noon }',
    '{ every: day, everyS: 900 }',
  ])('that fits none of them names them all, and nothing more, for %j', (calendar) => {
    expect(problems(`- calendar: ${calendar}`)).toEqual([`site.yaml:1: [0].calendar: ${CALENDAR}`]);
  });

  it('that failed hides nothing of what is wrong beside it, nor of the same choice elsewhere', () => {
    const good = '- calendar: { every: day }\n';
    const text = `- calendar: { every: week }\n  delayS: -1\n${good.repeat(9)}- calendar: { everyS: x }\n  extra: 1\n`;
    expect(problems(text)).toEqual([
      `site.yaml:1: [0].calendar: ${CALENDAR}`,
      'site.yaml:2: [0].delayS: must be a whole number of at least 0',
      `site.yaml:12: [10].calendar: ${CALENDAR}`,
      'site.yaml:13: [10].extra: no such key',
    ]);
  });

  it('inside another one is told by the outer one', () => {
    const Nested = Type.Object({ a: Type.Union([Type.Union([Type.Integer(), Type.Null()]), Type.Literal('auto')]) });
    expect(schemaErrors(Nested, { a: 'x' }).map(({ instancePath, keyword }) => [instancePath, keyword])).toEqual([
      ['/a', 'anyOf'],
    ]);
  });
});

it('looking for all errors leaves the limit of the schema library as it was', () => {
  const { maxErrors } = Settings.Get();
  expect(schemaErrors(Type.Array(Type.Null()), Array.from({ length: maxErrors + 5 }).fill(1))).toHaveLength(
    maxErrors + 5,
  );
  expect(Settings.Get().maxErrors).toBe(maxErrors);
});
