import { expect, test } from 'vitest';
import { SETTINGS } from '#platform/settings/schema.ts';
import { settingsTable } from '#platform/settings/table.ts';

test.each(['en', 'zh'] as const)(
  'the table in %s is Markdown with a row of five cells for each setting',
  (language) => {
    const rows = settingsTable(language).split('\n');
    expect(rows).toHaveLength(2 + Object.keys(SETTINGS).length);
    for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(6);
  },
);

test('a row tells variable, default, what is allowed, programs and meaning', () => {
  expect(settingsTable('en')).toContain(
    '| `METERWAY_API_PORT` | `8080` | a whole number from 0 to 65535 | standalone, api | Port of the API |',
  );
  expect(settingsTable('zh')).toContain('| standalone, api | API 端口 |');
  expect(settingsTable('en')).toContain('| `METERWAY_MQTT_PASSWORD` |  | text |');
});
