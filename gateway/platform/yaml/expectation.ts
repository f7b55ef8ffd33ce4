import type { TSchema } from 'typebox';

/** What would be right, in words: 'a whole number from 1 to 65535', 'one of none, even, odd'. */
export function expectation(schema: TSchema): string {
  const s = schema as Record<string, unknown>;
  if ('const' in s) return String(s['const']);
  if (Array.isArray(s['enum'])) return `one of ${s['enum'].join(', ')}`;
  if (Array.isArray(s['anyOf'])) {
    return [...new Set(s['anyOf'].map((option) => expectation(option as TSchema)))].join(' or ');
  }
  switch (s['type']) {
    case 'integer':
      return `a whole number${range(s)}`;
    case 'number':
      return `a number${range(s)}`;
    case 'string':
      return typeof s['pattern'] === 'string'
        ? `text of the form ${s['pattern']}`
        : `text${size(s, 'Length', 'characters')}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'nothing';
    case 'array':
      return `a list${size(s, 'Items', 'entries')}`;
    case 'object':
      return `a section with ${keysOf(s['properties']).join(', ')}`;
    default:
      return 'something else';
  }
}

/** `every: day` where one value alone will do or the section has one key alone, else just the key. */
function keysOf(properties: unknown): string[] {
  const keys = Object.entries((properties ?? {}) as Record<string, TSchema>);
  return keys.map(([key, schema]) => ('const' in schema || keys.length === 1 ? `${key}: ${expectation(schema)}` : key));
}

/** ` of 1 to 200 characters`; nothing where any size will do. */
function size(s: Record<string, unknown>, what: 'Length' | 'Items', unit: string): string {
  const least = s[`min${what}`];
  const most = s[`max${what}`];
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most} ${unit}`;
  if (least !== undefined) return least === 1 ? ', not empty' : ` of at least ${least} ${unit}`;
  return most === undefined ? '' : ` of at most ${most} ${unit}`;
}

function range(s: Record<string, unknown>): string {
  const { minimum, maximum, exclusiveMinimum } = s;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const lower = minimum !== undefined ? ` of at least ${minimum}` : '';
  const above = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : '';
  const upper = maximum !== undefined ? ` of at most ${maximum}` : '';
  return [lower || above, upper].filter((part) => part !== '').join(' and');
}
