import { messageOf } from '../errors.ts';

/** Why there is no connection; the label under which it is counted. */
export const FAILURES = [
  'unreachable',
  'closed',
  'version',
  'client_id',
  'password',
  'not_authorised',
  'unavailable',
  'broker_untrusted',
  'broker_name',
  'broker_expired',
  'own_certificate',
  'tls',
  'files',
  'other',
] as const;
export type Failure = (typeof FAILURES)[number];

export interface Explained {
  readonly failure: Failure;
  /** What is wrong. Holds no secret. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Return codes of CONNACK: MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2. */
const REFUSED: ReadonlyMap<number, Explained> = new Map([
  ...both(1, 132, 'version', 'the broker does not speak this version of MQTT', 'set METERWAY_MQTT_VERSION to auto'),
  ...both(2, 133, 'client_id', 'the broker refuses the client id', 'let it take ids of 85 letters, digits, _ - and .'),
  ...both(
    4,
    134,
    'password',
    'the broker refuses user or password',
    'compare METERWAY_MQTT_USERNAME and METERWAY_MQTT_PASSWORD with its password file',
  ),
  ...both(
    5,
    135,
    'not_authorised',
    'the broker does not let this user in',
    'compare METERWAY_MQTT_USERNAME and METERWAY_MQTT_PASSWORD with its password file, and its rules with the client id',
  ),
  ...both(3, 136, 'unavailable', 'the broker is not available', 'nothing here; look at the broker if it lasts'),
  ...both(137, 159, 'unavailable', 'the broker is too busy', 'nothing here; look at the broker if it lasts'),
]);

function both(first: number, second: number, failure: Failure, why: string, remedy: string): [number, Explained][] {
  return [first, second].map((code) => [code, { failure, why, remedy }]);
}

const CA = 'METERWAY_MQTT_CA_FILE must hold the certificate of the authority that signed it';
const SHOWN = 'METERWAY_MQTT_CERT_FILE must be a certificate that the broker trusts, not yet expired';
const UNTRUSTED: Explained = {
  failure: 'broker_untrusted',
  why: 'nobody trusted vouches for the certificate of the broker',
  remedy: CA,
};

/** Codes of OpenSSL and Node. */
const TLS: ReadonlyMap<string, Explained> = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', UNTRUSTED],
  ['INVALID_PURPOSE', UNTRUSTED],
  ['CERT_REVOKED', UNTRUSTED],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    {
      failure: 'broker_name',
      why: 'the certificate of the broker is for another host',
      remedy: 'name the broker in METERWAY_MQTT_URL as its certificate does, or give it a certificate with this name',
    },
  ],
  [
    'CERT_HAS_EXPIRED',
    {
      failure: 'broker_expired',
      why: 'the certificate of the broker has expired',
      remedy: 'renew it on the broker; if it is still valid, set the clock of this machine',
    },
  ],
  [
    'CERT_NOT_YET_VALID',
    {
      failure: 'broker_expired',
      why: 'the certificate of the broker is not valid yet',
      remedy: 'set the clock of this machine, or of the one that made the certificate',
    },
  ],
]);

/** Refusals that only a look at the message tells apart. */
const OPENSSL: readonly (readonly [RegExp, Explained])[] = [
  [
    /certificate.?required/i,
    {
      failure: 'own_certificate',
      why: 'the broker wants a certificate of this program',
      remedy: 'name one in METERWAY_MQTT_CERT_FILE and its key in METERWAY_MQTT_KEY_FILE',
    },
  ],
  [
    /alert.?(unknown.?ca|bad.?certificate|(unsupported|revoked|expired|unknown).?certificate|certificate.?(expired|revoked|unknown)|access.?denied|decrypt.?error)/i,
    { failure: 'own_certificate', why: 'the broker refuses the certificate of this program', remedy: SHOWN },
  ],
  [
    /wrong.?version.?number|packet.?length.?too.?long|unsupported.?protocol|protocol.?version|no.?shared.?cipher/i,
    {
      failure: 'tls',
      why: 'the broker does not speak TLS 1.2 or later at this port',
      remedy: 'compare the port in METERWAY_MQTT_URL with the listeners of the broker',
    },
  ],
];

const UNREACHABLE = new Set('ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH EHOSTDOWN ETIMEDOUT'.split(' '));
/** The other side ended the connection, whatever it had to say. */
const ENDED = new Set<unknown>(['ECONNRESET', 'EPIPE']);

/** What is wrong with a connection that ended before the broker let this client in; by `error`, or without a word. */
export function explain(error: unknown, tls: boolean): Explained {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error === undefined || ENDED.has(code)) return closed(tls);
  const refused = typeof code === 'number' ? REFUSED.get(code) : undefined;
  if (refused) return refused;
  const name = typeof code === 'string' ? code : '';
  const known = TLS.get(name);
  if (known) return known;
  const text = `${name} ${messageOf(error)}`.replaceAll('_', ' ');
  const found = OPENSSL.find(([pattern]) => pattern.test(text));
  if (found) return found[1];
  return {
    failure: UNREACHABLE.has(name) ? 'unreachable' : 'other',
    why: messageOf(error) || name,
    remedy: 'see whether the broker runs and this machine reaches it',
  };
}

function closed(tls: boolean): Explained {
  return {
    failure: 'closed',
    why: 'the broker closed the connection before it answered',
    remedy: `look at the log of the broker; does this port expect ${tls ? 'mqtt' : 'mqtts'}://?`,
  };
}
