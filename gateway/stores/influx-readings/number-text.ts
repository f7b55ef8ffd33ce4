const THOUSAND = 1000;
/** `000` to `999`. */
const THREE_DIGITS = Array.from({ length: THOUSAND }, (_, i) => String(i).padStart(3, '0'));
/** Above this, the engine writes a number as a decimal fraction and not as an integer, at several times the price. */
const SMALL = 2 ** 30;

/** A safe integer as its digits, as `String` gives it; most of the time of a write goes into digits. */
export function wholeText(value: number): string {
  if (value < SMALL && value > -SMALL) return `${Math.trunc(value)}`;
  if (value < 0) return `-${wholeText(-value)}`;
  const thousands = Math.floor(value / THOUSAND);
  return wholeText(thousands) + (THREE_DIGITS[value - thousands * THOUSAND] ?? '');
}

/** `scaled` / 10^decimals as its digits; 1 to 3 decimals. */
export function decimalText(scaled: number, decimals: number): string {
  if (scaled < 0) return `-${decimalText(-scaled, decimals)}`;
  const factor = 10 ** decimals;
  const whole = Math.floor(scaled / factor);
  const rest = scaled - whole * factor;
  return rest === 0 ? wholeText(whole) : `${wholeText(whole)}.${(THREE_DIGITS[rest] ?? '').slice(3 - decimals)}`;
}
