import { scheduler } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { type SearchHit, searching } from '#domain/registry-search.ts';
import { ApiProblem } from '../errors.ts';
import { within } from '../followed.ts';
import { meterParameter } from '../queries/parameters.ts';
import type { SupplyQuery } from '../queries/supply.ts';
import { probeId } from '../queries/supply-probe.ts';
import { supplyShape } from '../queries/supply-shapes.ts';
import { strict } from '../schemas/common.ts';
import { ChoicesShape, SupplyShape } from '../schemas/supply.ts';
import type { StartProbe } from './probes.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const MAX_CHOICES = 20;
const Key = Type.String({ minLength: 1, maxLength: 100 });
/** A caller who is asked about twice within this gets the same probe, ms. */
const SAME_PROBE_MS = 30_000;
const START_MS = 100;

/** Why a customer has no supply. `startProbe`: begins a live read, or rejects when it cannot. */
export function supplyStatusRoutes(app: App, kit: Kit, supply: SupplyQuery, startProbe: StartProbe): void {
  app.get(
    '/supply-status',
    {
      schema: {
        tags: ['hotline'],
        summary: 'Why a customer has no supply, while the customer is on the telephone (来电研判)',
        description:
          'By account number, meter number, id of a meter, or q over account, meter number, name, initials of the ' +
          'name (wxm = 王小明) and address. When q finds several places the answer is a list of choices. The silence ' +
          'of a meter is never taken for an outage, and an incident that is not confirmed is told as being checked. ' +
          'A time of restoration is told only when dispatch has entered one.',
        querystring: strict({
          accountNo: Type.Optional(Key),
          meterNo: Type.Optional(Key),
          meter: Type.Optional(Key),
          q: Type.Optional(Key),
          probe: Type.Optional(
            Type.Enum(['auto', 'never'], {
              default: 'never',
              description: 'auto: answers at once from memory, and reads the meter; follow it by the id under probe',
            }),
          ),
        }),
        response: { 200: Type.Union([SupplyShape, ChoicesShape]), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, keyId }) => {
      const index = await kit.site.index();
      const stamp = await kit.site.stamp();
      const found = await placeOf(index, query, kit.clock.now());
      if (!('id' in found)) return { ...found, ...stamp };
      const status = await supply.of(index, found);
      const name = `auto ${found.id} ${Math.floor(kit.clock.now() / SAME_PROBE_MS)}`;
      const asker = { keyId: keyId ?? '', idempotencyKey: name };
      // The answer waits for no store that is busy writing: the probe goes on beside it, under the same id.
      const begun = () => within(kit.clock, 'probe-start', START_MS, startProbe(index, found, asker, status));
      const probe = query.probe === 'auto' ? await begun().catch(() => 'none' as const) : 'none';
      const ref = probe === 'none' ? null : { id: probeId(asker), state: 'reading' as const };
      return { ...supplyShape(status, index), probe: ref, ...stamp };
    },
  );
}

interface Named {
  readonly accountNo?: string;
  readonly meterNo?: string;
  readonly meter?: string;
  readonly q?: string;
}

/** The one meter that is asked about, or the places to choose from. */
async function placeOf(index: RegistryIndex, named: Named, now: number): Promise<Meter | Choices> {
  const { accountNo, meterNo, meter, q } = named;
  if ([accountNo, meterNo, meter, q].filter((each) => each !== undefined).length !== 1) {
    throw new ApiProblem('bad_request', 'give exactly one of accountNo, meterNo, meter and q');
  }
  if (q !== undefined) return searched(index, q, now);
  if (accountNo !== undefined) return meterOfAccount(index, accountNo, now);
  return meterParameter(index, meter ?? meterNo ?? '');
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

async function searched(index: RegistryIndex, text: string, now: number): Promise<Meter | Choices> {
  const hits: SearchHit[] = [];
  // A large registry takes a while to look through: other callers have their turn meanwhile.
  for (const hit of searching(index, text, now, MAX_CHOICES + 1)) {
    if (hit) hits.push(hit);
    else await scheduler.yield();
  }
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
