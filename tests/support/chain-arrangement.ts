import { parse, stringify } from 'yaml';
import type { Endpoint } from '../../simulators/district/site-file.ts';

/** What a test may build on before the programs of a chain are started. */
export interface Ground {
  readonly dataDir: string;
  readonly brokerPort: number;
  /** Of every line. */
  readonly linePorts: readonly number[];
}

/** What a test has put into a chain. */
export interface Arrangement {
  /** Settings and environment of a program that are to be others; asked for at each of its starts. */
  readonly settingsOf?: (name: string) => Readonly<Record<string, string>>;
  /** Ports at which the collectors find the lines, by real port. */
  readonly otherPorts?: ReadonlyMap<number, number>;
  /** Called when all programs have ended, before the data folder is removed. */
  readonly close?: () => void | Promise<void>;
}

export function groundOf(dataDir: string, brokerPort: number, endpoints: ReadonlyMap<string, Endpoint>): Ground {
  const linePorts = [...endpoints.values()].flatMap((endpoint) => ('port' in endpoint ? [endpoint.port] : []));
  return { dataDir, brokerPort, linePorts };
}

/** The site file with the lines at the ports of an arrangement. */
export function atOtherPorts(siteText: string, { otherPorts }: Arrangement): string {
  if (!otherPorts) return siteText;
  const site = parse(siteText) as { lines: { tcp: { host: string; port: number } }[] } & Record<string, unknown>;
  const lines = site.lines.map((line) => {
    const { host, port } = line.tcp;
    return { ...line, tcp: { host, port: otherPorts.get(port) ?? port } };
  });
  return stringify({ ...site, lines });
}
