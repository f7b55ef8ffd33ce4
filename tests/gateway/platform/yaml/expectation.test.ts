import { type TSchema, Type } from 'typebox';
import { expect, test } from 'vitest';
import { expectation } from '#platform/yaml/expectation.ts';

const cases: [TSchema, string][] = [
  [Type.Integer(), 'a whole number'],
  [Type.Integer({ minimum: 1, maximum: 65_535 }), 'a whole number from 1 to 65535'],
  [Type.Integer({ minimum: 0 }), 'a whole number of at least 0'],
  [Type.Integer({ maximum: 9 }), 'a whole number of at most 9'],
  [Type.Number({ exclusiveMinimum: 0 }), 'a number above 0'],
  [Type.Number({ exclusiveMinimum: 0, maximum: 100 }), 'a number above 0 and of at most 100'],
  [Type.Boolean(), 'true or false'],
  [Type.Null(), 'nothing'],
  [Type.String(), 'text'],
  [Type.String({ minLength: 1 }), 'text, not empty'],
  [Type.String({ minLength: 8 }), 'text of at least 8 characters'],
  [Type.String({ maxLength: 12 }), 'text of at most 12 characters'],
  [Type.String({ minLength: 1, maxLength: 200 }), 'text of 1 to 200 characters'],
  [Type.String({ pattern: '^[0-9]+$', maxLength: 12 }), 'text of the form ^[0-9]+$'],
  [Type.Array(Type.String()), 'a list'],
  [Type.Array(Type.String(), { minItems: 1 }), 'a list, not empty'],
  [Type.Array(Type.String(), { minItems: 2, maxItems: 3 }), 'a list of 2 to 3 entries'],
  [Type.Enum(['none', 'even', 'odd']), 'one of none, even, odd'],
  [Type.Literal('day'), 'day'],
  [Type.Union([Type.Literal('day'), Type.Integer(), Type.Null()]), 'day or a whole number or nothing'],
  [Type.Union([Type.String(), Type.String()]), 'text'],
  [Type.Object({ host: Type.String(), port: Type.Integer() }), 'a section with host, port'],
  [Type.Object({ kind: Type.Literal('tcp'), port: Type.Integer() }), 'a section with kind: tcp, port'],
  [Type.Object({ everyS: Type.Integer({ minimum: 1 }) }), 'a section with everyS: a whole number of at least 1'],
  [Type.Unknown(), 'something else'],
];

test.each(cases.map(([schema, words]) => ({ schema, words })))('$words', ({ schema, words }) => {
  expect(expectation(schema)).toBe(words);
});
