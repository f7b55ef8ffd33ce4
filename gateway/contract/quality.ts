/**
 * How far a value may be trusted, and the codes by which other systems name it.
 *
 * `cim` is the IEC 61968-9 reading quality (system.category.index), `espi` the Green Button quality of reading.
 * A value may go to billing only when `billable` is 'yes', or 'flagged' together with its flag.
 */
export const QUALITIES = ['valid', 'raw', 'late', 'manual', 'edited', 'estimated', 'suspect', 'missing'] as const;
export type Quality = (typeof QUALITIES)[number];

export interface QualityCodes {
  readonly zh: string;
  readonly en: string;
  readonly cim: string | null;
  readonly espi: number | null;
  readonly billable: 'yes' | 'flagged' | 'no';
}

export const QUALITY_CODES: Readonly<Record<Quality, QualityCodes>> = {
  valid: { zh: '正常', en: 'valid', cim: '3.0.1', espi: 17, billable: 'yes' },
  raw: { zh: '未校验', en: 'not validated', cim: null, espi: 14, billable: 'no' },
  late: { zh: '补抄', en: 'read later than its day', cim: '2.0.0', espi: 0, billable: 'yes' },
  manual: { zh: '人工抄表', en: 'read by hand', cim: '2.4.131', espi: 16, billable: 'yes' },
  edited: { zh: '人工修正', en: 'edited', cim: '3.7.0', espi: 7, billable: 'yes' },
  estimated: { zh: '估算', en: 'estimated', cim: '3.8.0', espi: 8, billable: 'flagged' },
  suspect: { zh: '可疑', en: 'suspect', cim: '3.5.258', espi: 10, billable: 'no' },
  missing: { zh: '缺失', en: 'missing', cim: '2.5.259', espi: null, billable: 'no' },
};

/** Small integer under which a quality is stored. Append only: stored rows keep their number. */
export function qualityCode(quality: Quality): number {
  return QUALITIES.indexOf(quality);
}

export function qualityOf(code: number): Quality {
  const found = QUALITIES[code];
  if (!found) throw new RangeError(`cannot name quality ${code}: the list has ${QUALITIES.length} entries`);
  return found;
}
