import { OFF_FACTS, type RunSettings } from './run.ts';
import { Timeline } from './timeline.ts';

/**
 * A timeline in a line of text: offs (at.by.delay), records (start.length.delay), ons, silent moments and the end of
 * what is forgotten, parted by `;`. Numbers in base 36, instants in UTC ms, delays from the fact to its hearing.
 */
export function timelineText(timeline: Timeline): string {
  const { offs, records, ons, silents, forgotten } = timeline.points;
  return [
    offs.map(({ at, by, seenAt }) => `${text(at)}.${OFF_FACTS.indexOf(by)}.${text(seenAt - at)}`).join(),
    records.map(({ start, end, seenAt }) => `${text(start)}.${text(end - start)}.${text(seenAt - start)}`).join(),
    ons.map(text).join(),
    silents.map(text).join(),
    text(forgotten),
  ].join(';');
}

/** The timeline of a text; a text that is none gives an empty one. */
export function timelineOf(line: string, settings: RunSettings): Timeline {
  const [offs = '', records = '', ons = '', silents = '', forgotten = ''] = line.split(';');
  return new Timeline(settings, {
    offs: triples(offs).map(([at, by, delay]) => ({ at, by: OFF_FACTS[by] ?? 'voltage_off', seenAt: at + delay })),
    records: triples(records).map(([start, length, delay]) => ({ start, end: start + length, seenAt: start + delay })),
    ons: numbers(ons),
    silents: numbers(silents),
    forgotten: numbers(forgotten)[0] ?? 0,
  });
}

function text(value: number): string {
  return value.toString(36);
}

function numbers(list: string): number[] {
  return list === ''
    ? []
    : list
        .split(',')
        .map((each) => Number.parseInt(each, 36))
        .filter(Number.isFinite);
}

function triples(list: string): (readonly [number, number, number])[] {
  if (list === '') return [];
  return list.split(',').flatMap((each) => {
    const [a, b, c] = each.split('.').map((part) => Number.parseInt(part, 36));
    const whole = a !== undefined && b !== undefined && c !== undefined && Number.isFinite(a + b + c);
    return whole ? [[a, b, c] as const] : [];
  });
}
