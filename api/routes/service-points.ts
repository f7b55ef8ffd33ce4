import { type Static, Type } from 'typebox';
import type { OutageMember } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { accountShape } from '../queries/account-shape.ts';
import { shown } from '../queries/collection.ts';
import { outageHead, priorityOf } from '../queries/outages.ts';
import { Cursor, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import { ServicePointShape } from '../schemas/outages.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

/** Members that are read at once when only some of them are wanted. */
const AT_ONCE = 2000;

/** Whom an incident takes, by meter. */
export function servicePointRoutes(app: App, kit: Kit): void {
  app.get(
    '/outages/:id/service-points',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary:
          'Customers in an incident, each with its own times; vulnerable ones alone for whom must be called first',
        params: strict({ id: IdText }),
        querystring: strict({
          vulnerable: Type.Optional(
            Type.Boolean({ description: 'true: only accounts that are vulnerable, critical or large' }),
          ),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(ServicePointShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const { id } = params;
      await outageHead(kit.state.outages, id);
      const { limit = 100, vulnerable = false, cursor } = query;
      const list = `service-points ${JSON.stringify([id, vulnerable])}`;
      const after = cursor === undefined ? '' : String(kit.cursors.decode(list, cursor)[0]);
      const isWanted = ({ meter, from }: OutageMember): boolean =>
        !vulnerable || priorityOf(index, meter, from) !== 'normal';
      const found = await wanted(kit, { id, after, limit: limit + 1 }, isWanted);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((member) => servicePoint(index, member)),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.meter]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

interface Stretch {
  readonly id: string;
  readonly after: string;
  readonly limit: number;
}

async function wanted(
  { state }: Kit,
  { id, after, limit }: Stretch,
  isWanted: (member: OutageMember) => boolean,
): Promise<OutageMember[]> {
  const found: OutageMember[] = [];
  let last = after;
  while (found.length < limit) {
    const page = await state.outages.members(id, AT_ONCE, last);
    found.push(...page.filter(isWanted));
    last = page.at(-1)?.meter ?? '';
    if (page.length < AT_ONCE) break;
  }
  return found.slice(0, limit);
}

function servicePoint(
  index: RegistryIndex,
  { meter: id, from, to, told }: OutageMember,
): Static<typeof ServicePointShape> {
  const zone = index.registry.timeZone;
  const meter = index.meter(id);
  return {
    meter: id,
    meterNo: meter?.no ?? null,
    area: meter?.area ?? null,
    account: accountShape(index.accountAt(id, from)),
    priority: priorityOf(index, id, from),
    from: shown(zone, from) ?? '',
    to: shown(zone, to),
    told,
  };
}
