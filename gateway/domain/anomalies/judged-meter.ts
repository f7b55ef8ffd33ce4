import type { MeterModel } from '#contract/models.ts';
import type { AccountCategory, AccountStatus, Meter, MeterRole } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';
import { stayOf } from '../usage/stay-usage.ts';

export type Ratings = Pick<MeterModel, 'phases' | 'ratedVoltageV' | 'maxCurrentA' | 'rolloverWh'>;

/** UTC ms; `to` is not included and may be infinite. */
export interface InstalledSpan {
  readonly from: number;
  readonly to: number;
}

/** What the rules want to know of a meter, as it is for the span that is judged. */
export interface JudgedMeter {
  readonly id: string;
  readonly model: Ratings;
  /** Ib, the current on which start and creep limits stand, A at the meter; an assumption, for no model says it. */
  readonly baseCurrentA: number;
  /** ct × pt. Values of a meter are face values: only loads that are held against a contract or a transformer take it. */
  readonly ratio: number;
  readonly role: MeterRole;
  /** Of the account served; null when there is none. */
  readonly category: AccountCategory | null;
  /** `closed` as well where there is no account any more; null where there never was one: not every site has them. */
  readonly status: AccountStatus | null;
  /** Large and dedicated-transformer customers have limits of their own. */
  readonly isLarge: boolean;
  /** Contract capacity, kW; null = not known, and the rules on it say nothing. */
  readonly contractKw: number | null;
  /** Rating of the transformer of a supply meter, kVA; null for others. */
  readonly transformerKva: number | null;
  /** When the meter was in the field. Data of other times are dropped. */
  readonly spans: readonly InstalledSpan[];
}

/** The usual 10(60) A meter: a model says its largest current, not its base current. */
const BASE_SHARE = 1 / 6;
/** The usual 1.5(6) A meter on current transformers, which give 5 A. */
const CT_BASE_A = 1.5;

/** A meter as it was at an instant, UTC ms; null when the registry names no model for it. */
export function judgedMeter(index: RegistryIndex, meter: Meter, at: number): JudgedMeter | null {
  const model = index.modelOf(meter);
  if (!model) return null;
  const installations = index.installationsOf(meter.id);
  const now = index.installationAt(meter.id, at) ?? null;
  const account = now?.account ? index.account(now.account) : undefined;
  const area = index.area(now?.area ?? meter.area);
  return {
    id: meter.id,
    model,
    baseCurrentA: (now?.ct ?? meter.ct) > 1 ? CT_BASE_A : model.maxCurrentA * BASE_SHARE,
    ratio: now ? stayOf(meter, now).ratio : meter.ct * meter.pt,
    role: meter.role,
    category: account?.category ?? null,
    status: account?.status ?? (installations.some((each) => each.account !== null) ? 'closed' : null),
    isLarge: account?.category === 'dedicated' || account?.priority === 'large',
    contractKw: account?.contractKw ?? null,
    transformerKva: meter.role === 'supply' ? (area?.kva ?? null) : null,
    spans: installations.map(({ from, to }) => ({ from, to: to ?? Number.POSITIVE_INFINITY })),
  };
}
