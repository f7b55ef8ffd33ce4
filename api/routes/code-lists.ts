import { Type } from 'typebox';
import { EXCLUSIONS, REASONS } from '#contract/reasons.ts';
import { cataloguedRules } from '../queries/anomalies.ts';
import { CataloguedRuleShape } from '../schemas/anomalies.ts';
import { ReasonShape } from '../schemas/collection.ts';
import { BothLanguages, listOf, strict } from '../schemas/common.ts';
import { reasonShape } from './failure-shapes.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const ListedReason = strict({
  ...ReasonShape.properties,
  nextStep: BothLanguages,
  excluded: Type.Boolean({ description: 'true for reasons for which a due read is not counted (剔除)' }),
});

/** What codes mean, for those who show them. */
export function codeListRoutes(app: App, kit: Kit): void {
  app.get(
    '/code-lists/failure-reasons',
    {
      schema: {
        tags: ['operators'],
        summary: 'Why there is no value: likely cause, what to check, what to do first (失败原因)',
        querystring: NoQuery,
        response: { 200: listOf(ListedReason), ...PROBLEM_RESPONSES },
      },
    },
    async () => ({
      items: REASONS.map((code) => {
        const shape = reasonShape(code);
        const nextStep = { zh: shape.checks.zh[0] ?? '', en: shape.checks.en[0] ?? '' };
        return { ...shape, nextStep, excluded: (EXCLUSIONS as readonly string[]).includes(code) };
      }),
      nextCursor: null,
      ...(await kit.site.stamp()),
      warnings: [],
    }),
  );

  app.get(
    '/code-lists/anomaly-rules',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Rules on abnormal use with their thresholds and where these come from (异常规则)',
        description: 'A rule that looks at several kinds of data stands there once for each.',
        querystring: NoQuery,
        response: { 200: listOf(CataloguedRuleShape), ...PROBLEM_RESPONSES },
      },
    },
    async () => ({ items: cataloguedRules(), nextCursor: null, ...(await kit.site.stamp()), warnings: [] }),
  );
}
