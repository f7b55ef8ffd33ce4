import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';

/** One place where a value does not fit its schema, as the schema library tells it. */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  /** JSON pointer into the value. */
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

/** The library stops after 8 unless told otherwise; whoever mends a file wants to hear of all. */
const MOST_ERRORS = 2000;

/**
 * Everything that is wrong with a value. Where a choice between alternatives failed, that alone: it names them all,
 * and what each of them would have objected to contradicts the others.
 */
export function schemaErrors(schema: TSchema, value: unknown): SchemaError[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MOST_ERRORS });
  try {
    const errors = Value.Errors(schema, value);
    const choices = errors.filter(({ keyword }) => keyword === 'anyOf').map((choice) => `${choice.schemaPath}/anyOf/`);
    return errors.filter(
      // The unknown keys that `additionalProperties` lists are reported one by one, each at its own place.
      ({ keyword, schemaPath }) =>
        keyword !== 'additionalProperties' && !choices.some((choice) => schemaPath.startsWith(choice)),
    );
  } finally {
    Settings.Set({ maxErrors });
  }
}
