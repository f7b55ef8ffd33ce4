interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * The offered media type that an Accept header likes best (RFC 9110, 12.5.1), or null when it takes none of them.
 * Of several it likes alike the first; without a header, the first.
 */
export function acceptedType<T extends string>(header: string | undefined, offered: readonly T[]): T | null {
  const ranges = (header ?? '*/*').split(',').map(rangeOf);
  let best: T | null = null;
  let most = 0;
  for (const type of offered) {
    const quality = qualityFor(type, ranges);
    if (quality > most) [best, most] = [type, quality];
  }
  return best;
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The most specific range decides: `text/csv` before `text/*` before everything. */
function qualityFor(type: string, ranges: readonly Range[]): number {
  for (const wanted of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const range = ranges.find((each) => each.type === wanted);
    if (range) return range.quality;
  }
  return 0;
}
