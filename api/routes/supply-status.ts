import { type Static, Type } from 'typebox';
import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { type SearchHit, searchRegistry } from '#domain/registry-search.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { meterParameter } from '../queries/parameters.ts';
import { SupplyQuery, type SupplyStatus } from '../queries/supply.ts';
import { strict } from '../schemas/common.ts';
import { ChoicesShape, SupplyShape } from '../schemas/supply.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const MAX_CHOICES = 20;
const Key = Type.String({ minLength: 1, maxLength: 100 });

export function supplyStatusRoutes(app: App, kit: Kit): void {
  const supply = new SupplyQuery(kit.readings, kit.state, kit.clock, kit.outageSettings);

  app.get(
    '/supply-status',
    {
      schema: {
        tags: ['hotline'],
        summary: 'Why a customer has no power, while the customer is on the phone',
        description:
          'By account number, meter number, or q over account, meter number, name and address. When q finds several ' +
          'places the answer is a list of choices. The silence of a meter is never taken for an outage.',
        querystring: strict({
          accountNo: Type.Optional(Key),
          meterNo: Type.Optional(Key),
          q: Type.Optional(Key),
          probe: Type.Optional(
            Type.Enum(['never'], { description: 'never: answer from what is stored; live probes are not built yet' }),
          ),
        }),
        response: { 200: Type.Union([SupplyShape, ChoicesShape]), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { accountNo, meterNo, q } = query;
      if ([accountNo, meterNo, q].filter((each) => each !== undefined).length !== 1) {
        throw new ApiProblem('bad_request', 'give exactly one of accountNo, meterNo and q');
      }
      const index = await kit.site.index();
      const stamp = await kit.site.stamp();
      const now = kit.clock.now();
      if (q !== undefined) {
        const found = placeOf(index, q, now);
        if (!('id' in found)) return { ...found, ...stamp };
        return { ...supplyShape(await supply.of(index, found), index), ...stamp };
      }
      const meter =
        meterNo === undefined ? meterOfAccount(index, accountNo ?? '', now) : meterParameter(index, meterNo);
      return { ...supplyShape(await supply.of(index, meter), index), ...stamp };
    },
  );
}

function meterOfAccount(index: RegistryIndex, no: string, now: number): Meter {
  if (!index.account(no)) throw new ApiProblem('unknown_account', `no account has the number ${no}`);
  const [meter, other] = index.metersOfAccount(no, now);
  if (!meter) throw new ApiProblem('unknown_meter', `account ${no} has no meter in place`);
  if (other) {
    throw new ApiProblem(
      'bad_request',
      `account ${no} has several meters; ask by meterNo: ${meter.no}, ${other.no}, …`,
    );
  }
  return meter;
}

type Choices = Pick<Static<typeof ChoicesShape>, 'choices' | 'warnings'>;

/** The one meter that answers to the text, or the places to choose from. */
function placeOf(index: RegistryIndex, text: string, now: number): Meter | Choices {
  const hits = searchRegistry(index, text, now, MAX_CHOICES + 1);
  const [only] = hits;
  if (!only) throw new ApiProblem('not_found', `nothing in the registry matches ${text}`);
  const [meter, other] = only.meters;
  if (hits.length === 1 && meter && !other) return meter;
  const warnings = hits.length > MAX_CHOICES ? [`more than ${MAX_CHOICES} places match; ask for more of it`] : [];
  return { choices: hits.slice(0, MAX_CHOICES).map(choiceShape), warnings };
}

function choiceShape({ account, meters }: SearchHit): Static<typeof ChoicesShape>['choices'][number] {
  return {
    accountNo: account?.no ?? null,
    name: account?.name ?? null,
    address: account?.address ?? null,
    meters: meters.map((meter) => meter.no),
  };
}

function supplyShape(
  { meter, account, triage }: SupplyStatus,
  index: RegistryIndex,
): Omit<Static<typeof SupplyShape>, 'asOf' | 'timeZone' | 'simulated'> {
  const { verdict, confidence, script, priority, outage, evidence, missing } = triage;
  return {
    meter: meter.id,
    meterNo: meter.no,
    area: meter.area,
    account,
    verdict,
    confidence,
    script,
    priority: [...priority],
    outage,
    evidence: evidence.map((item) => ({ ...item, at: shown(index.registry.timeZone, item.at) })),
    missing: [...missing],
  };
}
