import { Type } from 'typebox';

/** Every id that appears in a topic, a URL or a key: district, collector, line, meter, task. */
export const ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';

export const Id = Type.String({ pattern: ID_PATTERN });

const ID = new RegExp(ID_PATTERN);

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}
