import { BatchFiles } from '#stores/batch-files.ts';
import { batchFolder } from '#stores/open-stores.ts';
import { BillingBuilder } from './billing-builder.ts';
import { BillingBuilds } from './billing-builds.ts';
import { BillingCorrections } from './billing-corrections.ts';
import type { PartsSources } from './figures-parts.ts';

type Parts = Pick<PartsSources, 'state' | 'validated' | 'clock' | 'logger' | 'days'> & {
  readonly settings: Pick<PartsSources['settings'], 'dataDir'>;
};

/** Who makes billing batches, and who corrects them. */
export function billingOf({ state, validated, clock, logger, days, settings }: Parts): {
  readonly builder: BillingBuilder;
  readonly corrections: BillingCorrections;
} {
  const { batches, ledger, exclusions } = state;
  const stores = { batches, ledger, exclusions, validated, files: new BatchFiles(batchFolder(settings.dataDir)) };
  const builds = new BillingBuilds();
  const corrections = new BillingCorrections({ stores, builds, clock, logger });
  const registry = async () => (days().meters.length === 0 ? null : days().registry);
  return { corrections, builder: new BillingBuilder({ stores, builds, corrections, registry, clock, logger }) };
}
