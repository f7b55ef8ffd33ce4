import { describe, expect, it } from 'vitest';
import { EgressRules, type EgressSettings } from '../../../api/webhooks/egress-rules.ts';
import { EVENT_DEFAULTS } from '../../support/event-settings.ts';

const rulesOf = (over: Partial<EgressSettings> = {}): EgressRules => new EgressRules({ ...EVENT_DEFAULTS, ...over });
const rules = rulesOf();

const REFUSED = [
  // This machine
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://017700000001/',
  'https://0177.0.0.1/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://127.0.0.1./',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::]/',
  'https://0.0.0.0/',
  'https://0/',
  'https://0.1.2.3/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://a.localhost/',
  'https://%6c%6f%63%61%6c%68%6f%73%74/',
  'https://１２７.０.０.１/',
  // Metadata of clouds, link-local
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/',
  'https://0xa9fea9fe/',
  'https://[::ffff:169.254.169.254]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://100.100.100.200/',
  // Private networks
  'https://10.0.0.1/',
  'https://10.255.255.255:8443/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://100.127.255.255/',
  'https://[fc00::1]/',
  'https://[fdff::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:a00:1]/',
  'https://[::10.0.0.1]/',
  'https://[64:ff9b::10.0.0.1]/',
  'https://[2002:a00:1::]/',
  'https://[2001:0:a00:1::]/',
  // Nobody’s, multicast, broadcast
  'https://192.0.0.1/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.19.255.255/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://239.255.255.255/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[100::1]/',
  // Ports, schemes, credentials
  'https://example.com:25/',
  'https://example.com:22/',
  'https://example.com:80/',
  'http://example.com/',
  'http://example.com:443/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://example.com:443/',
  'javascript:alert(1)',
  'https://user@example.com/',
  'https://:secret@example.com/',
  'example.com',
  '//example.com/',
  'https://',
  '',
];

const TAKEN = [
  'https://example.com/hook?a=b',
  'https://EXAMPLE.com:8443/',
  'https://8.8.8.8/',
  'https://172.15.0.1/',
  'https://172.32.0.1/',
  'https://100.63.255.255/',
  'https://100.128.0.1/',
  'https://192.169.0.1/',
  'https://[2606:4700::1111]/',
  'https://xn--fiqs8s/',
];

describe('the rules of where webhooks may go', () => {
  it.each(REFUSED)('refuse %s', (url) => {
    expect(rules.refusal(url)).toBeTypeOf('string');
  });

  it.each(TAKEN)('take %s', (url) => {
    expect(rules.refusal(url)).toBeNull();
  });

  it('let into a private network that the settings name, and no further', () => {
    const inside = rulesOf({
      webhookPrivateNetworks: '10.20.0.0/16, fd12::/32',
      webhookAllowHttp: true,
      webhookPorts: '80',
    });
    expect(inside.refusal('http://10.20.255.1/')).toBeNull();
    expect(inside.refusal('http://[fd12::5]/')).toBeNull();
    for (const other of ['http://10.21.0.1/', 'http://127.0.0.1/', 'http://[fd13::5]/', 'https://10.20.0.1/']) {
      expect(inside.refusal(other), other).toBeTypeOf('string');
    }
  });

  it('keep to the hosts that the settings name', () => {
    const listed = rulesOf({ webhookAllowedHosts: 'erp.example.com, *.Hooks.example.com' });
    for (const host of ['erp.example.com', 'ERP.example.com', 'erp.example.com.', 'a.hooks.example.com']) {
      expect(listed.refusal(`https://${host}/`), host).toBeNull();
    }
    for (const host of [
      'example.com',
      'erp.example.com.evil.com',
      'xerp.example.com',
      'hooks.example.com',
      '8.8.8.8',
    ]) {
      expect(listed.refusal(`https://${host}/`), host).toBeTypeOf('string');
    }
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'net/8', '10.0.0.0/x'])('cannot be made from the network %s', (network) => {
    expect(() => rulesOf({ webhookPrivateNetworks: network })).toThrow(/METERWAY_WEBHOOK_PRIVATE_NETWORKS/);
  });
});
