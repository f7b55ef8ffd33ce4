import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';
import { type Stay, stayOf } from '../usage/stay-usage.ts';
import type { JudgedStay, MeterContext } from './history.ts';

/**
 * What the rules want to know of a meter, or null when the registry names no model for it. The status of an account is
 * the one that the registry has now: it does not say since when.
 */
export function meterContext(index: RegistryIndex, meter: Meter): MeterContext | null {
  const model = index.modelOf(meter);
  if (!model) return null;
  const stays = index.installationsOf(meter.id).map((installation) => stayOf(meter, installation));
  return { model, role: meter.role, stays: stays.map((stay, i) => judged(index, stay, stays[i - 1] ?? null)) };
}

function judged(index: RegistryIndex, stay: Stay, before: Stay | null): JudgedStay {
  const account = stay.account === null ? undefined : index.account(stay.account);
  const replaced = stay.account === null ? null : replacedBy(index, stay);
  return {
    ...stay,
    status: account?.status ?? null,
    generator: account?.category === 'generator',
    replaces: replaced !== null,
    ratioBefore: before?.ratio ?? replaced?.ratio ?? null,
  };
}

/** The last stay of another meter at the account before this one began. */
function replacedBy(index: RegistryIndex, { meter, account, from }: Stay): Stay | null {
  const before = index.metersOfAccount(account ?? '', from - 1).find(({ id }) => id !== meter);
  const installation = before ? index.installationAt(before.id, from - 1) : null;
  return before && installation && (installation.to ?? Number.POSITIVE_INFINITY) <= from
    ? stayOf(before, installation)
    : null;
}
