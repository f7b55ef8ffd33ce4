import { TLSSocket } from 'node:tls';
import { endOf, type TlsMaterial } from './tls-files.ts';

const DAY_MS = 86_400_000;
/** Certificates that end within this time are reported at each connection. */
const SOON_MS = 30 * DAY_MS;

export interface Ending {
  readonly certificate: 'own' | 'broker';
  readonly endsAt: string;
  readonly days: number;
}

/** The certificates of a connection that end soon: the broker's and, where there is one, that of this program. */
export function endingSoon(stream: unknown, material: TlsMaterial, now: number): Ending[] {
  const ends: [Ending['certificate'], number][] = [];
  if (material.cert) ends.push(['own', endOf(material.cert)]);
  if (stream instanceof TLSSocket) ends.push(['broker', Date.parse(stream.getPeerCertificate().valid_to)]);
  return ends
    .filter(([, end]) => end - now < SOON_MS)
    .map(([certificate, end]) => ({
      certificate,
      endsAt: new Date(end).toISOString(),
      days: Math.floor((end - now) / DAY_MS),
    }));
}
