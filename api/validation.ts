import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ApiProblem, type FieldError } from './errors.ts';

/**
 * Checks requests against their schemas. Query values arrive as text, so numbers and flags are read from them; a body
 * is taken as it is. Nothing unknown is dropped silently: a misspelt parameter is an error.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const where = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
  return (data: unknown) => {
    const value = httpPart === 'querystring' ? fromText(schema, data) : data;
    return validator.Check(value) ? { value } : { error: problemOf(where, validator.Errors(value)) };
  };
};

/** Query values arrive as text. What is not plainly a number or a flag stays text, and fails the check. */
function fromText(schema: TSchema, query: unknown): unknown {
  const properties = 'properties' in schema ? (schema.properties as Record<string, TSchema>) : {};
  const values = Object.entries(query as Record<string, unknown>);
  return Object.fromEntries(values.map(([name, value]) => [name, convert(properties[name], value)]));
}

function convert(schema: TSchema | undefined, value: unknown): unknown {
  const type = schema && 'type' in schema ? schema.type : undefined;
  if (typeof value !== 'string') return value;
  if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (type === 'boolean') return value === 'true' || (value === 'false' ? false : value);
  return value;
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function problemOf(where: string, errors: readonly SchemaError[]): ApiProblem {
  const fields = new Map<string, FieldError>();
  for (const error of errors) {
    const pointer = error.instancePath === '' ? '/' : error.instancePath;
    if (error.keyword !== 'additionalProperties' && !fields.has(pointer)) {
      fields.set(pointer, { pointer, detail: detailOf(error) });
    }
  }
  const list = [...fields.values()];
  return new ApiProblem(
    'bad_request',
    `${where}: ${list.map((field) => `${field.pointer} ${field.detail}`).join('; ')}`,
    list,
  );
}

const INSTANT = 'must be an instant such as 2026-11-20T00:00:00%2B08:00; in a URL the + of the offset is written %2B';

function detailOf(error: SchemaError): string {
  const params = error.params as Record<string, readonly string[] | undefined>;
  switch (error.keyword) {
    case 'boolean':
      return 'there is no such parameter';
    case 'enum':
      return `must be one of ${params['allowedValues']?.join(', ')}`;
    case 'format':
      return params['format']?.toString() === 'date-time' ? INSTANT : error.message;
    case 'required':
      return `needs ${params['requiredProperties']?.join(', ')}`;
    default:
      return error.message;
  }
}
