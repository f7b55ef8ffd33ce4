import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { Type } from 'typebox';
import type { ValidatedReadings } from '#stores/validated-readings.ts';
import type { Cursors } from '../cursor.ts';
import type { Dependencies } from '../dependencies.ts';
import type { CollectionQuery } from '../queries/collection.ts';
import type { DayCounts } from '../queries/day-counts.ts';
import type { DayGrids } from '../queries/day-grid.ts';
import type { FailureQuery } from '../queries/failures.ts';
import type { FiguresLag } from '../queries/figures-lag.ts';
import type { KeptDays } from '../queries/kept-days.ts';
import type { SiteView } from '../queries/site-view.ts';
import { Problem } from '../schemas/common.ts';

/** Fastify with types taken from the TypeBox schemas of each route. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes are made from. */
export interface Kit extends Dependencies {
  readonly site: SiteView;
  readonly grids: DayGrids;
  readonly keptDays: KeptDays;
  readonly failureQuery: FailureQuery;
  readonly dayCounts: DayCounts;
  readonly figuresLag: FiguresLag;
  readonly collection: CollectionQuery;
  readonly cursors: Cursors;
  /** Readings as they count: with edits and estimates. */
  readonly validated: ValidatedReadings;
}

/** Problems that every route behind a key may answer with. */
export const PROBLEM_RESPONSES = {
  400: Problem,
  401: Problem,
  404: Problem,
  429: Problem,
  500: Problem,
  503: Problem,
} as const;

/** A query without parameters still refuses unknown ones. */
export const NoQuery = Type.Object({}, { additionalProperties: false });
