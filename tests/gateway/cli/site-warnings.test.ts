import { describe, expect, it } from 'vitest';
import { siteWarnings } from '../../../gateway/cli/site-warnings.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const SITE = `
site: { name: x }
areas:
  - { id: A1, name: a, kva: 100 }
  - { id: A2, name: b, kva: 100 }
accounts:
  - { no: "1", name: n, address: s }
  - { no: "2", name: n, address: s }
lines:
  - { id: L1, protocol: dlt645, tcp: { host: h, port: 1 } }
  - { id: L2, protocol: dlt645, tcp: { host: h, port: 2 } }
meters:
  - { id: "11", model: dlt645-1ph, line: L1, area: A1, account: "1" }
  - { id: "12", model: dlt645-1ph, line: L1, area: A1 }
`;

describe('warnings about a site', () => {
  it('name what is left over: lines, areas, meters without account, accounts without meter', () => {
    expect(siteWarnings(parseSite('s.yaml', SITE, 0))).toEqual([
      'no meter hangs on line L2',
      'no meter belongs to area A2',
      'no supply meter in area A1: its losses cannot be worked out',
      'no account for customer meter 12: its reads cannot be billed',
      'no meter for active account 2',
    ]);
  });
});
