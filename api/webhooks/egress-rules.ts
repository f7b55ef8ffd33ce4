import { type BlockList, isIP } from 'node:net';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { inNetworks, isPublicAddress, networks } from './addresses.ts';

export type EgressSettings = Pick<
  Settings,
  'webhookAllowHttp' | 'webhookPorts' | 'webhookAllowedHosts' | 'webhookPrivateNetworks'
>;

/** Where webhooks may go: an address outside that somebody names must not become a way into our own network. */
export class EgressRules {
  readonly #allowHttp: boolean;
  readonly #ports: ReadonlySet<number>;
  readonly #hosts: readonly string[];
  readonly #private: BlockList;

  /** Throws MeterwayError `config_invalid`. */
  constructor(settings: EgressSettings) {
    this.#allowHttp = settings.webhookAllowHttp;
    this.#ports = new Set(listed(settings.webhookPorts).map(Number));
    this.#hosts = listed(settings.webhookAllowedHosts).map((host) => host.toLowerCase());
    try {
      this.#private = networks(listed(settings.webhookPrivateNetworks));
    } catch (cause) {
      throw new MeterwayError(
        `cannot use METERWAY_WEBHOOK_PRIVATE_NETWORKS: ${messageOf(cause)}; write networks as 10.20.0.0/16`,
        { code: 'config_invalid', cause },
      );
    }
  }

  /**
   * Why a URL cannot be used, or null. A name is not resolved here: its addresses are looked at when something is sent.
   * The URL parser has turned decimal, octal and hexadecimal forms of IPv4 into the usual one by now.
   */
  refusal(text: string): string | null {
    if (!URL.canParse(text)) return 'it is no absolute URL';
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(this.#allowHttp && url.protocol === 'http:')) {
      return this.#allowHttp ? 'it must begin with https:// or http://' : 'it must begin with https://';
    }
    if (url.username !== '' || url.password !== '') return 'it must not hold a user or password';
    const port = portOf(url);
    if (!this.#ports.has(port)) return `its port ${port} is not among ${[...this.#ports].join(', ')}`;
    return this.#hostRefusal(hostOf(url));
  }

  #hostRefusal(host: string): string | null {
    if (isIP(host) !== 0 && !this.isAllowed(host)) return `the address ${host} is not one that webhooks may go to`;
    if (host === '' || host === 'localhost' || host.endsWith('.localhost')) return 'it names this machine';
    if (this.#hosts.length > 0 && !this.#hosts.some((pattern) => fits(pattern, host))) {
      return `the host ${host} is not among METERWAY_WEBHOOK_ALLOWED_HOSTS`;
    }
    return null;
  }

  /** True of an IP address that something may be sent to. */
  isAllowed(address: string): boolean {
    return inNetworks(this.#private, address) || isPublicAddress(address);
  }
}

/** Without the brackets of IPv6 and the dot at the end, which DNS takes as the same name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function fits(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
