import { describe, expect, it } from 'vitest';
import { newApiKey } from '#platform/api-key.ts';
import { MeterwayError } from '#platform/errors.ts';
import { LOG_FIELDS } from '#platform/log-fields.ts';
import { createLogger, type Logger as TypedLogger } from '#platform/logger.ts';

interface Line {
  readonly [field: string]: unknown;
}

/** A logger that takes anything, as a library does that is handed it: what is tested is what gets past the compiler. */
type Logger = Readonly<Record<keyof TypedLogger, (...given: readonly unknown[]) => void>>;

function written(write: (logger: Logger) => void, level = 'trace'): { text: string; lines: Line[] } {
  const lines: string[] = [];
  const logger = createLogger({ process: 'collector', level }, { write: (each) => void lines.push(each) });
  write(logger as Logger);
  return { text: lines.join(''), lines: lines.map((each): Line => JSON.parse(each)) };
}

/** The one line that `write` makes. */
function line(write: (logger: Logger) => void): Line {
  const { lines } = written(write);
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}

describe('a log line', () => {
  it('is one JSON object with level, time, process and message', () => {
    const logged = line((logger) => logger.warn({ line: 'L1', waitMs: 250 }, 'the line is down\nfor now'));
    expect(logged).toEqual({
      level: 'warn',
      time: expect.any(Number),
      process: 'collector',
      line: 'L1',
      waitMs: 250,
      msg: 'the line is down\nfor now',
    });
  });

  it('below the wanted level is not written', () => {
    const { lines } = written((logger) => {
      logger.info({}, 'small');
      logger.error({}, 'great');
    }, 'warn');
    expect(lines.map(({ msg }) => msg)).toEqual(['great']);
  });

  it('keeps plain data as it is', () => {
    const fields = {
      seqs: [0, 1, null],
      since: new Date(0),
      url: new URL('http://10.0.0.1:8080/docs'),
      broker: 'mqtt://10.0.0.1:1883',
      detail: 'write to office@example.com',
      facts: { known: { changed: true } },
      plan: undefined,
    };
    expect(line((logger) => logger.info(fields, 'x'))).toMatchObject({
      seqs: [0, 1, null],
      since: '1970-01-01T00:00:00.000Z',
      url: 'http://10.0.0.1:8080/docs',
      broker: 'mqtt://10.0.0.1:1883',
      detail: 'write to office@example.com',
      facts: { known: { changed: true } },
    });
  });

  it('has fields of the list alone, at every depth', () => {
    const fields = { line: 'L1', account: '00123', facts: { minWh: 5, name: 'Zhang', known: [{ address: 'Road 1' }] } };
    expect(line((logger) => logger.info(fields, 'x'))).toMatchObject({
      line: 'L1',
      account: '…',
      facts: { minWh: 5, name: '…', known: [{ address: '…' }] },
    });
  });

  it('with a field beside the list does not compile', () => {
    const { lines } = written((loose) => {
      const logger: TypedLogger = loose;
      const found = { line: 'L1', customer: 'Zhang' };
      // @ts-expect-error -- not in the list
      logger.info({ customer: 'Zhang' }, 'x');
      // @ts-expect-error -- brought in by a spread
      logger.info({ meter: '1', ...found }, 'x');
      // @ts-expect-error -- the type of the whole has more than the list
      logger.info(found, 'x');
    });
    expect(JSON.stringify(lines)).not.toContain('Zhang');
  });

  it('names a foreign object instead of walking through it, and ends a circle', () => {
    class Socket {
      readonly buffered = 'frame';
    }
    const circle: Record<string, unknown> = {};
    circle['facts'] = circle;
    const { text, lines } = written((logger) =>
      logger.info({ peer: new Socket(), bytes: Buffer.from('ab'), known: Object.create(null), facts: circle }, 'x'),
    );
    expect(lines[0]).toMatchObject({ peer: '[Socket]', bytes: '[Buffer]', known: {} });
    expect(text.length).toBeLessThan(400);
  });
});

describe('an error in the log', () => {
  it('of our own has its code, context and cause, and no stack', () => {
    const cause = new Error('ECONNREFUSED');
    const err = new MeterwayError('cannot open line L1', { code: 'line_down', context: { line: 'L1' }, cause });
    expect(line((logger) => logger.error({ err }, 'x'))['err']).toEqual({
      code: 'line_down',
      message: 'cannot open line L1',
      line: 'L1',
      cause: 'ECONNREFUSED',
    });
  });

  it('keeps its code and message whatever its context is called', () => {
    const context: object = { code: 2, message: 'busy' };
    const err = new MeterwayError('cannot read', { code: 'device_error', context });
    expect(line((logger) => logger.error({ err }, 'x'))['err']).toEqual({
      code: 'device_error',
      message: 'cannot read',
    });
  });

  it('that is a bug has its stack, but none of its other fields', () => {
    const err = Object.assign(new TypeError('x is not a function'), { code: 'ERR_X', customer: 'Zhang' });
    expect(line((logger) => logger.fatal({ err }, 'x'))['err']).toEqual({
      code: 'ERR_X',
      message: 'x is not a function',
      stack: expect.stringContaining('logger.test.ts'),
    });
  });

  it('is described alike under another name, inside a list, or alone', () => {
    const wrong = Object.assign(new Error('gone'), { customer: 'Zhang' });
    const described = { message: 'gone', stack: expect.any(String) };
    expect(line((logger) => logger.warn({ reason: wrong }, 'x'))['reason']).toEqual(described);
    expect(line((logger) => logger.warn({ facts: [{ why: wrong }] }, 'x'))['facts']).toEqual([{ why: described }]);
    expect(line((logger) => logger.warn(wrong))).toMatchObject({ err: described, msg: 'gone' });
  });

  it('that is none, but was thrown, is written too', () => {
    expect(line((logger) => logger.fatal({ err: 'just text' }, 'x'))['err']).toBe('just text');
  });
});

describe('a secret', () => {
  const CANARY = 'cAnArY-7';
  const URL_TEXT = `mqtt://meter:${CANARY}@broker.example:1883`;
  const KEY = newApiKey();
  const CONTEXT: object = { url: URL_TEXT, password: CANARY };
  const bug = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

  const places: Record<string, (logger: Logger) => void> = {
    'the password of a URL in the message': (logger) => logger.info({}, `connecting to ${URL_TEXT}`),
    'one formatted into the message': (logger) =>
      logger.info({}, 'connecting to %s or %j', URL_TEXT, { url: URL_TEXT }),
    'a message that is all there is': (logger) => logger.info(URL_TEXT),
    'a field': (logger) => logger.info({ broker: URL_TEXT }, 'x'),
    'a nested field': (logger) => logger.info({ facts: { known: [{ broker: `at ${URL_TEXT}, again` }] } }, 'x'),
    'a field called msg': (logger) => logger.info({ msg: URL_TEXT }),
    'a field too deep to be looked at': (logger) =>
      logger.info({ facts: { facts: { facts: { facts: { facts: { facts: { facts: { broker: CANARY } } } } } } } }, 'x'),
    'a URL object': (logger) => logger.info({ broker: new URL(URL_TEXT) }, 'x'),
    'a URL without user': (logger) => logger.info({ broker: `redis://:${CANARY}@host` }, 'x'),
    'a URL with nothing but a password': (logger) => logger.info({ broker: `mqtt://${CANARY}@host` }, 'x'),
    'a password with a slash and an at sign': (logger) => logger.info({ broker: `mqtt://u:a/${CANARY}@b@host` }, 'x'),
    'two URLs in one text': (logger) => logger.info({}, `neither ${URL_TEXT} nor ${URL_TEXT}`),
    'the fields of a client': (logger) =>
      logger.info(
        {
          client: new (class Client {
            url = URL_TEXT;
          })(),
        },
        'x',
      ),
    'a map': (logger) => logger.info({ facts: new Map([['url', URL_TEXT]]) }, 'x'),
    'the message and stack of an error': (logger) => logger.error({ err: bug(`no ${URL_TEXT}`) }, 'x'),
    'an error without a text of our own': (logger) => logger.error({ err: bug(`no ${URL_TEXT}`) }),
    'an error alone': (logger) => logger.error(bug(`no ${URL_TEXT}`)),
    'another field of an error': (logger) => logger.error({ err: bug('x', { options: { password: CANARY } }) }, 'x'),
    'the code of an error': (logger) => logger.error({ err: bug('x', { code: URL_TEXT }) }, 'x'),
    'an error in a nested field': (logger) => logger.error({ known: [bug(`no ${URL_TEXT}`, { input: CANARY })] }, 'x'),
    'the cause of a bug': (logger) => logger.error({ err: new Error('x', { cause: bug(URL_TEXT) }) }, 'x'),
    'the cause of an error of ours': (logger) =>
      logger.error({ err: new MeterwayError('x', { code: 'c', cause: bug(URL_TEXT) }) }, 'x'),
    'a cause that is no error': (logger) =>
      logger.error({ err: new MeterwayError('x', { code: 'c', cause: URL_TEXT }) }, 'x'),
    'the message of an error of ours': (logger) =>
      logger.error({ err: new MeterwayError(URL_TEXT, { code: 'c' }) }, 'x'),
    'the context of an error of ours': (logger) =>
      logger.error({ err: new MeterwayError('x', { code: 'c', context: CONTEXT }) }, 'x'),
    'something thrown that is no error': (logger) => logger.error({ err: `no ${URL_TEXT}` }, 'x'),
    'fields that are not of the list': (logger) =>
      logger.info(
        {
          password: CANARY,
          mqttPassword: CANARY,
          apiCursorSecret: [CANARY],
          headers: { authorization: `Bearer ${CANARY}`, cookie: CANARY, 'x-api-key': CANARY },
          apiKey: { value: CANARY },
          credentials: { c1: CANARY },
          accessTokens: [CANARY],
          facts: { password: CANARY, known: [{ token: CANARY }] },
        },
        'x',
      ),
    'an API key in a message': (logger) => logger.info({}, `the key ${KEY} was refused`),
    'an API key in a field': (logger) => logger.info({ detail: `Bearer ${KEY}` }, 'x'),
  };

  it.each(Object.entries(places))('in %s is not written', (_place, write) => {
    const { text, lines } = written(write);
    expect(lines).toHaveLength(1);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(KEY.slice(10));
  });

  it('leaves the host and the words around it readable', () => {
    const { msg } = line((logger) => logger.info({}, `cannot reach ${URL_TEXT} for ${KEY}: refused`));
    expect(msg).toBe('cannot reach mqtt://broker.example:1883 for mw_…: refused');
  });
});

describe('the list of fields', () => {
  it('has no name under which a secret, or what belongs to a customer, would be written', () => {
    const forbidden =
      /pass|secret|token|cookie|authori|credential|key|account|customer|name|address|phone|mobile|mail/i;
    expect(Object.keys(LOG_FIELDS).filter((name) => forbidden.test(name))).toEqual([]);
  });

  it('says of each what stands in it', () => {
    for (const [name, meaning] of Object.entries(LOG_FIELDS)) expect(meaning, name).toMatch(/^\S.{5,}/);
  });
});
