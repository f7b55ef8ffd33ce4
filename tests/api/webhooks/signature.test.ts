import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSecret, signature, signedHeaders } from '../../../api/webhooks/signature.ts';

/** The example of the Standard Webhooks documentation and of its libraries. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  now: 1_614_265_330_000,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const { id, now, body } = VECTOR;
const alone = { secret: VECTOR.secret, previousSecret: null, previousUntil: null };

describe('the signature of a webhook', () => {
  it('is that of the published example', () => {
    expect(signedHeaders(alone, { id, now, body })).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': VECTOR.signature,
    });
  });

  it.each([
    ['the body', { id, now, body: '{"test": 2432232315}' }],
    ['the id', { id: `${id}x`, now, body }],
    ['the time', { id, now: now + 1000, body }],
  ])('is another when %s changes', (_what, sent) => {
    expect(signedHeaders(alone, sent)['webhook-signature']).not.toBe(VECTOR.signature);
  });

  it('is there twice while the secret is changed, the newer first, and once afterwards', () => {
    const secret = newSecret();
    const rotating = { secret, previousSecret: VECTOR.secret, previousUntil: now + 1 };
    const content = `${id}.1614265330.${body}`;
    expect(signedHeaders(rotating, { id, now, body })['webhook-signature']).toBe(
      `${signature(secret, content)} ${VECTOR.signature}`,
    );
    const later = signedHeaders({ ...rotating, previousUntil: now }, { id, now, body });
    expect(later['webhook-signature']).toBe(signature(secret, content));
  });

  it('covers the bytes of a text that is not ASCII', () => {
    const key = Buffer.from(VECTOR.secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(Buffer.from('a.1.幸福里', 'utf8')).digest('base64');
    expect(signature(VECTOR.secret, 'a.1.幸福里')).toBe(`v1,${expected}`);
  });

  it('has a secret of at least 24 bytes, another each time', () => {
    const secrets = [newSecret(), newSecret()];
    expect(new Set(secrets).size).toBe(2);
    for (const each of secrets) {
      expect(each).toMatch(/^whsec_[A-Za-z0-9+/]+={0,2}$/);
      expect(Buffer.from(each.slice(6), 'base64').length).toBeGreaterThanOrEqual(24);
    }
  });
});
