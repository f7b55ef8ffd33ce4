import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { type MqttFiles, type MqttOptions, NO_FILES } from '#platform/mqtt/options.ts';
import { MOSQUITTO_HERE, Mosquitto, makeCertificates, passwordOf } from '../support/mosquitto.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { eventually } from '../support/standalone.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const root = MOSQUITTO_HERE ? mkdtempSync(join(tmpdir(), 'meterway-tls-')) : '';
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folder(): string {
  return mkdtempSync(join(root, 'x-'));
}

async function start(options: { hosts?: string; days?: number } = {}): Promise<Mosquitto> {
  const broker = await Mosquitto.start({ folder: folder(), ...options });
  cleanUps.push(() => broker.stop());
  return broker;
}

function open(
  url: string,
  files: Partial<MqttFiles>,
  over: Partial<MqttOptions> = {},
): { link: MqttLink; logger: ReturnType<typeof quietLogger>; firstWait: () => Promise<unknown> } {
  const logger = quietLogger();
  const options: MqttOptions = {
    url,
    clientId: 'c1.1',
    session: 'new',
    username: 'c1',
    password: passwordOf('c1'),
    version: 'auto',
    files: { ...NO_FILES, ...files },
    ...over,
  };
  const link = new MqttLink(options, systemClock(), logger, () => 0);
  cleanUps.push(() => link.close(500));
  const told = (): unknown =>
    logger.lines.find(({ message }) => message === 'cannot reach the broker' || message === 'the broker is lost')
      ?.fields;
  return { link, logger, firstWait: () => eventually('the link says what is wrong', 10_000, told) };
}

function connected(link: MqttLink): Promise<unknown> {
  return eventually('the link is connected', 20_000, () => {
    let now = false;
    link.onState((state) => {
      now ||= state;
    });
    return now;
  });
}

function pair(secrets: string, user: string): Pick<MqttFiles, 'cert' | 'key'> {
  return { cert: join(secrets, 'users', `${user}.crt`), key: join(secrets, 'users', `${user}.key`) };
}

describe.skipIf(!MOSQUITTO_HERE)('a link over TLS', () => {
  let usual: Mosquitto;
  beforeAll(async () => {
    usual = await Mosquitto.start({ folder: folder() });
  });
  afterAll(() => usual?.stop());

  it('speaks MQTT 5 to Mosquitto unless told otherwise', async () => {
    const { link } = open(usual.url, { ca: usual.caFile });
    await connected(link);
    expect(usual.output).toMatch(/as c1\.1 \(p5, c1,|as c1\.1 \(p5,/);
    expect(link.counts.failures.size).toBe(0);
  });

  it('trusts only the authority that is named', async () => {
    const other = join(folder(), 'other');
    makeCertificates(other, 'localhost', ['c1']);
    const { firstWait } = open(usual.url, { ca: join(other, 'ca.crt') });
    expect(await firstWait()).toMatchObject({
      failure: 'broker_untrusted',
      remedy: expect.stringContaining('METERWAY_MQTT_CA_FILE'),
    });
    const { firstWait: ofSystem } = open(usual.url, {});
    expect(await ofSystem()).toMatchObject({ failure: 'broker_untrusted' });
  });

  it('refuses a broker whose certificate is for another host', async () => {
    const elsewhere = await start({ hosts: 'broker.example,10.9.8.7' });
    const { firstWait } = open(elsewhere.url, { ca: elsewhere.caFile });
    expect(await firstWait()).toMatchObject({
      failure: 'broker_name',
      remedy: expect.stringContaining('METERWAY_MQTT_URL'),
      detail: expect.stringContaining('10.9.8.7'),
    });
  });

  it('refuses a broker whose certificate has expired', async () => {
    const old = await start({ days: 0 });
    // It ends in the second in which it was made.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { firstWait } = open(old.url, { ca: old.caFile });
    expect(await firstWait()).toMatchObject({ failure: 'broker_expired', remedy: expect.stringContaining('clock') });
  });

  it("refuses a user's certificate that poses as the broker's", async () => {
    const posing = await start();
    await posing.stop();
    cpSync(posing.secret('users/c1.crt'), posing.secret('broker.crt'));
    cpSync(posing.secret('users/c1.key'), posing.secret('broker.key'));
    await posing.run();
    const { firstWait } = open(posing.url, { ca: posing.caFile });
    expect(await firstWait()).toMatchObject({ failure: 'broker_untrusted' });
  });

  it('says that the password is wrong, tries again, and repeats it nowhere', async () => {
    const { link, logger } = open(usual.url, { ca: usual.caFile }, { password: 'wrong-word' });
    await eventually('two attempts', 15_000, () => (link.counts.failures.get('not_authorised') ?? 0) >= 2);
    expect(logger.lines[0]?.fields).toMatchObject({ remedy: expect.stringContaining('METERWAY_MQTT_PASSWORD') });
    expect(JSON.stringify(logger.lines)).not.toContain('wrong-word');
  });

  it('connects by its certificate alone where the broker wants one', async () => {
    const url = `mqtts://127.0.0.1:${usual.certificatePort}`;
    const { link } = open(url, { ca: usual.caFile, ...pair(usual.secret(''), 'c1') }, { username: '', password: '' });
    await connected(link);
  });

  it.each(['5', '3.1.1'] as const)(
    'says that the broker wants a certificate, and refuses a foreign one, in MQTT %s',
    async (version) => {
      const url = `mqtts://127.0.0.1:${usual.certificatePort}`;
      const { firstWait: without } = open(url, { ca: usual.caFile }, { version });
      expect(await without()).toMatchObject({
        failure: 'own_certificate',
        remedy: expect.stringContaining('METERWAY_MQTT_CERT_FILE'),
      });
      const foreign = folder();
      makeCertificates(foreign, 'localhost', ['c1']);
      const { firstWait } = open(url, { ca: usual.caFile, ...pair(foreign, 'c1') }, { version });
      expect(await firstWait()).toMatchObject({ failure: 'own_certificate' });
    },
  );

  it('that speaks plain text to the port for TLS says so, and the other way round', async () => {
    const plain = await Mosquitto.start({ folder: folder(), tls: false });
    cleanUps.push(() => plain.stop());
    const { firstWait } = open(plain.url.replace('mqtt:', 'mqtts:'), { ca: usual.caFile });
    expect(await firstWait()).toMatchObject({ failure: 'closed', remedy: expect.stringMatching(/mqtt:/) });
    const { firstWait: other } = open(usual.url.replace('mqtts:', 'mqtt:'), {});
    expect(await other()).toMatchObject({ failure: 'closed', remedy: expect.stringContaining('mqtts://') });
  });

  it('takes up new certificates without a restart of its own, and says when one ends soon', async () => {
    const broker = await start({ days: 10 });
    const files = { ca: join(folder(), 'ca.crt'), ...pair(broker.secret(''), 'c1') };
    cpSync(broker.caFile, files.ca);
    const { link, logger } = open(`mqtts://127.0.0.1:${broker.certificatePort}`, files);
    await connected(link);
    const soon = logger.lines.filter(({ message }) => message.startsWith('a certificate ends soon'));
    expect(soon).toMatchObject([
      { level: 'warn', fields: { certificate: 'own', days: 9 } },
      { fields: { certificate: 'broker', days: 9 } },
    ]);
    await broker.stop();
    const fresh = folder();
    makeCertificates(fresh, '127.0.0.1', ['c1']);
    cpSync(fresh, broker.secret(''), { recursive: true });
    cpSync(join(fresh, 'ca.crt'), files.ca);
    await broker.run();
    await eventually('the link is back', 20_000, () => link.counts.connections === 2);
    const later = logger.lines.filter(({ message }) => message.startsWith('a certificate ends soon'));
    expect(later).toHaveLength(2);
  });

  it('refuses the key of another certificate, and a certificate in the place of the key', () => {
    const { cert } = pair(usual.secret(''), 'c1');
    for (const key of [pair(usual.secret(''), 'gateway').key, cert]) {
      expect(() => open(usual.url, { ca: usual.caFile, cert, key })).toThrow(
        `cannot use METERWAY_MQTT_KEY_FILE ${key}: it must be the key, in PEM, of the certificate in ${cert}`,
      );
    }
  });

  it('goes on trying while a file is missing, and comes back with it', async () => {
    const broker = await start();
    const ca = join(folder(), 'ca.crt');
    cpSync(broker.caFile, ca);
    const { link, logger } = open(broker.url, { ca });
    await connected(link);
    rmSync(ca);
    await broker.stop();
    await broker.run();
    await eventually('the file is missed', 10_000, () => link.counts.failures.get('files'));
    expect(logger.lines.at(-1)?.fields).toMatchObject({ why: expect.stringContaining('METERWAY_MQTT_CA_FILE') });
    cpSync(broker.caFile, ca);
    await eventually('the link is back', 20_000, () => link.counts.connections === 2);
  });

  it('warns of a key that others can read', () => {
    const secrets = folder();
    makeCertificates(secrets, 'localhost', ['c1']);
    const files = { ca: join(secrets, 'ca.crt'), ...pair(secrets, 'c1') };
    expect(open('mqtts://127.0.0.1:1', files).logger.lines).toEqual([]);
    chmodSync(files.key, 0o644);
    expect(open('mqtts://127.0.0.1:1', files).logger.lines).toMatchObject([
      { level: 'warn', message: expect.stringContaining('METERWAY_MQTT_KEY_FILE') },
    ]);
  });
});
