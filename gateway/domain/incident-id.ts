/** Ids have at most 64 characters; the longest kind, two hyphens and the time in base 36 take 23 of them. */
const PLACE_LENGTH = 41;

/**
 * Id of an incident from what it is, where it is and when it began (UTC ms): the same evidence always makes the same
 * id, so deriving an incident again writes the same row. A place name too long for an id is cut and told apart by a
 * hash.
 */
export function incidentId(kind: string, place: string, startedAt: number): string {
  const name = place.length <= PLACE_LENGTH ? place : `${place.slice(0, PLACE_LENGTH - 8)}-${fnv1a(place)}`;
  return `${kind}-${name}-${startedAt.toString(36)}`;
}

/** FNV-1a, 32 bits, in base 36. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(36);
}
