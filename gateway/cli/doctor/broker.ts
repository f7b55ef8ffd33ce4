import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { topic } from '#contract/topics.ts';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { brokerAddress } from '#platform/mqtt/address.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import type { MqttOptions } from '#platform/mqtt/options.ts';
import { readTlsFiles, type TlsMaterial } from '#platform/mqtt/tls-files.ts';
import { GATEWAY_USER } from '../../broker/credentials.ts';
import { hostForUrl } from '../../connection.ts';
import { type Check, type Examined, type Finding, fault, ok, warning } from './check.ts';

const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS = 30;
const CONNECT_MS = 12_000;
const ECHO_MS = 5000;

type Login = Pick<MqttOptions, 'url' | 'username' | 'password' | 'version' | 'files'>;

const broker: Check = {
  name: 'broker',
  deadlineMs: CONNECT_MS + ECHO_MS + 2000,
  late: 'fault',
  run: async (examined) => {
    const login = loginOf(examined);
    return 'verdict' in login ? [login] : roundTrip(login, examined.clock);
  },
};

const certificate: Check = {
  name: 'certificate',
  deadlineMs: 8000,
  late: 'warning',
  run: ({ settings, clock }) => {
    if (settings.mqttUrl === '' || !brokerAddress(settings.mqttUrl).tls) return [];
    const files = { ca: settings.mqttCaFile, cert: settings.mqttCertFile, key: settings.mqttKeyFile };
    const material = readTlsFiles(files, true);
    const { hostname, port } = new URL(settings.mqttUrl);
    return endOfCertificate({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 8883), material }, clock);
  },
};

/** As the gateway logs in, or why nobody can tell how it does. */
function loginOf({ settings, dataDir, ports }: Examined): Login | Finding {
  if (settings.mqttUrl !== '') {
    const { mqttUrl: url, mqttUsername: username, mqttPassword: password, mqttVersion: version } = settings;
    const files = { ca: settings.mqttCaFile, cert: settings.mqttCertFile, key: settings.mqttKeyFile };
    return { url, username, password, version, files };
  }
  const port = ports.broker ?? settings.brokerPort;
  if (port === 0)
    return warning('the port of the embedded broker is not known', 'set METERWAY_BROKER_PORT, for the gateway as well');
  const path = join(dataDir, 'broker', 'credentials.json');
  if (!existsSync(path))
    return fault(`there are no passwords of the embedded broker in ${path}`, 'start the gateway, which makes them');
  const passwords: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const password =
    passwords !== null && typeof passwords === 'object' ? Reflect.get(passwords, GATEWAY_USER) : undefined;
  if (typeof password !== 'string')
    return fault(`${path} has no password of the gateway`, 'start the gateway, which makes one');
  return { url: `mqtt://${hostForUrl(settings.brokerHost)}:${port}`, username: GATEWAY_USER, password };
}

/** Logs in beside the gateway, sends one message to itself, and leaves. */
async function roundTrip(login: Login, clock: Clock): Promise<Finding[]> {
  const id = randomBytes(8).toString('hex');
  const where = brokerAddress(login.url).name;
  // Nobody else listens there, and nothing is retained.
  const own = topic('doctor', id, 'down/ack');
  const told = collected();
  const link = new MqttLink({ ...login, clientId: `gateway.doctor.${id}`, session: 'new' }, clock, told.logger);
  try {
    const begun = clock.mono();
    const isConnected = await within(clock, CONNECT_MS, (done) => {
      told.onWarning(() => done(false));
      link.onState((connected) => connected && done(true));
    });
    if (!isConnected) {
      const { why, remedy } = told.last();
      return [fault(`${where} does not let the gateway in: ${why}`, remedy)];
    }
    const connectMs = Math.round(clock.mono() - begun);
    const sent = clock.mono();
    let isOver = false;
    const isHeard = await within(clock, ECHO_MS, (done) => {
      link.subscribe(own, () => done(true));
      // The first may be there before the subscription is.
      const send = (): void => {
        if (isOver) return;
        link.publish(own, id).catch(() => {});
        clock.after('doctor sends again', 500, send);
      };
      send();
    });
    isOver = true;
    const heardMs = Math.round(clock.mono() - sent);
    if (isHeard) return [ok(`${where} let us in within ${connectMs} ms and gave a message back within ${heardMs} ms`)];
    return [
      fault(
        `${where} lets the gateway in, but gave a message to itself not back within ${ECHO_MS / 1000} s`,
        'let the user of the gateway read and write meterway/v1/# in the rules of the broker',
      ),
    ];
  } finally {
    await link.close(1000);
  }
}

function within(clock: Clock, ms: number, start: (done: (good: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after('doctor waits for the broker', ms, () => resolve(false));
    start((good) => {
      cancel();
      resolve(good);
    });
  });
}

interface Told {
  readonly logger: Logger;
  readonly last: () => { readonly why: string; readonly remedy: string };
  readonly onWarning: (listener: () => void) => void;
}

/** What the link would log: why it is not let in, and what to do about it. */
function collected(): Told {
  let last = { why: 'no answer', remedy: 'see whether the broker runs and this machine reaches it' };
  let listener: () => void = () => {};
  const take = (fields: unknown): void => {
    if (fields === null || typeof fields !== 'object' || !('why' in fields) || !('failure' in fields)) return;
    const remedy = 'remedy' in fields ? String(fields.remedy) : last.remedy;
    last = { why: String(fields.why), remedy };
    // A broker that hangs up on one version of MQTT may take the other, which is tried next.
    if (fields.failure !== 'closed') listener();
  };
  const quiet = (): void => {};
  return {
    logger: { trace: quiet, debug: quiet, info: quiet, warn: take, error: take, fatal: take },
    last: () => last,
    onWarning: (each) => {
      listener = each;
    },
  };
}

/** Looked at even when nobody vouches for it: the check above says that. */
function endOfCertificate(
  place: { readonly host: string; readonly port: number; readonly material: TlsMaterial },
  clock: Clock,
): Promise<Finding[]> {
  const { host, port, material } = place;
  // An address is no name that TLS could ask for.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...servername, ...material, rejectUnauthorized: false }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to);
      socket.destroy();
      const days = Math.floor((end - clock.now()) / DAY_MS);
      const what = `the certificate of ${host}:${port} ends on ${new Date(end).toISOString().slice(0, 10)}, in ${days} days`;
      const remedy = 'renew it and restart the broker';
      if (days < 0) resolve([fault(what, remedy)]);
      else resolve([days < CERTIFICATE_DAYS ? warning(what, remedy) : ok(what)]);
    });
    socket.on('error', (error) => {
      resolve([
        warning(
          `the certificate of ${host}:${port} cannot be seen: ${messageOf(error)}`,
          'see the finding on the broker',
        ),
      ]);
    });
  });
}

export const BROKER_CHECKS: readonly Check[] = [broker, certificate];
