import { expectation } from '../yaml/expectation.ts';
import { SETTINGS, type SettingKey, variableOf } from './schema.ts';

const HEADS = {
  en: ['Variable', 'Default', 'Allowed', 'Programs', 'Meaning'],
  zh: ['变量', '默认值', '取值', '程序', '含义'],
} as const;

/** All settings as a Markdown table; the README's tables are made by this. */
export function settingsTable(language: 'en' | 'zh'): string {
  const rows = (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const { schema, fallback, programs, en, zh } = SETTINGS[key];
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    const allowed = expectation(schema).replaceAll('|', '\\|');
    return [`\`${variableOf(key)}\``, shown, allowed, programs.join(', '), language === 'en' ? en : zh];
  });
  const head = HEADS[language];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
