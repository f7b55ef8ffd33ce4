import type { MeterModel } from '#contract/models.ts';

/** Works out once for each model what is the same for all its meters. */
export function perModel<T>(work: (model: MeterModel) => T): (model: MeterModel) => T {
  const known = new Map<MeterModel, T>();
  return (model) => {
    let found = known.get(model);
    if (found === undefined) {
      found = work(model);
      known.set(model, found);
    }
    return found;
  };
}
