import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { ApiProblem, type FieldError } from './errors.ts';

/**
 * Checks requests against their schemas. Query values arrive as text, so numbers and flags are read from them; a body
 * is taken as it is. Nothing unknown is dropped silently: a misspelt parameter is an error.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const where = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
  return (data: unknown) => {
    const value = httpPart === 'querystring' ? Value.Convert(schema, data) : data;
    return validator.Check(value) ? { value } : { error: problemOf(where, validator.Errors(value)) };
  };
};

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

function detailOf(error: SchemaError): string {
  const params = error.params as Record<string, readonly string[] | undefined>;
  switch (error.keyword) {
    case 'boolean':
      return 'there is no such parameter';
    case 'enum':
      return `must be one of ${params['allowedValues']?.join(', ')}`;
    case 'required':
      return `needs ${params['requiredProperties']?.join(', ')}`;
    default:
      return error.message;
  }
}
