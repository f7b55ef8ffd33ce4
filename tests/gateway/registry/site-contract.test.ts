import { describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/errors.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);

const site = (more: string): string => `
site: { name: Contracts }
areas: [{ id: A1, name: Area 1, kva: 400 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
accounts:
  - { no: "1", name: Works, address: Road 1, category: dedicated${more} }
meters:
  - { id: "1", model: dlt645-3ph, line: L1, area: A1, account: "1" }
`;

describe('the contract capacity of an account in a site file', () => {
  it('may be said; an account of which nothing is said has none', () => {
    const [account] = parseSite('site.yaml', site(', contractKw: 252.5'), NOW).accounts;
    expect(account?.contractKw).toBe(252.5);
    expect(Object.keys(parseSite('site.yaml', site(''), NOW).accounts[0] ?? {})).not.toContain('contractKw');
  });

  it('is above zero', () => {
    for (const wrong of ['0', '-5', '"100"']) {
      expect(() => parseSite('site.yaml', site(`, contractKw: ${wrong}`), NOW)).toThrow(ConfigError);
    }
  });
});
