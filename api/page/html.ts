/** Text that is safe to stand in a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function shown(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map((each) => each.text).join('');
  return escaped(String(part));
}

/** Template for markup: everything put in is escaped, unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0] ?? '';
  for (const [i, part] of parts.entries()) text += shown(part) + (strings[i + 1] ?? '');
  return new Markup(text);
}

const STYLE = `body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
table{border-collapse:collapse}th,td{border:1px solid #888;padding:.2rem .6rem;text-align:right;font-variant-numeric:tabular-nums}
th:first-child{text-align:left}.simulated{background:#fff3cd;color:#5c4400;border:2px solid #b58900;padding:.5rem 1rem}`;

/** A whole page; a simulated district says so at the top of each. */
export function page(title: string, simulated: boolean, body: Markup): string {
  const banner = simulated
    ? html`<p class="simulated" role="note">模拟数据：未连接任何真实电能表。 SIMULATED: no real meter is read.</p>`
    : html``;
  return html`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${new Markup(STYLE)}</style></head>
<body><h1>${title}</h1>${banner}${body}</body></html>`.text;
}
