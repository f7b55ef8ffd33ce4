import type { TSchema } from 'typebox';

/** What would be right, in words: 'a whole number from 1 to 65535', 'one of none, even, odd'. */
export function expectation(schema: TSchema): string {
  const s = schema as Record<string, unknown>;
  if ('const' in s) return String(s['const']);
  if (Array.isArray(s['enum'])) return `one of ${s['enum'].join(', ')}`;
  if (Array.isArray(s['anyOf'])) return s['anyOf'].map((option) => expectation(option as TSchema)).join(' or ');
  switch (s['type']) {
    case 'integer':
      return `a whole number${range(s)}`;
    case 'number':
      return `a number${range(s)}`;
    case 'string':
      return typeof s['pattern'] === 'string' ? `text of the form ${s['pattern']}` : 'text';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'nothing';
    case 'array':
      return 'a list';
    case 'object':
      return `a section with ${Object.keys((s['properties'] as object | undefined) ?? {}).join(', ')}`;
    default:
      return 'something else';
  }
}

function range(s: Record<string, unknown>): string {
  const { minimum, maximum, exclusiveMinimum } = s;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const lower = minimum !== undefined ? ` of at least ${minimum}` : '';
  const above = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : '';
  const upper = maximum !== undefined ? ` of at most ${maximum}` : '';
  return [lower || above, upper].filter((part) => part !== '').join(' and');
}
