import rateLimit from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from '../errors.ts';
import type { App } from '../routes/route-kit.ts';
import type { Bearer } from './bearer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the key that the request was found to carry. */
    keyId: string | null;
  }
}

/**
 * Requests are counted per key once the key is known to be valid, else per address: a made-up key opens no bucket of
 * its own, and bad keys from the address of a good one cannot shut that out.
 */
export async function limitRequests(app: App, perMinute: number): Promise<void> {
  app.decorateRequest('keyId', null);
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: ({ keyId, ip }) => (keyId === null ? `address ${ip}` : `key ${keyId}`),
    errorResponseBuilder: (_request, { after }) => new ApiProblem('too_many_requests', `try again in ${after}`),
  });
}

/** Hook for routes behind a key. A refused request counts for its address; a valid one is counted by its route. */
export function keyNeeded(app: App, bearer: Bearer): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const count = app.createRateLimit();
  return async (request, reply) => {
    const answer = await bearer.authenticate(request).catch((error: unknown) => {
      if (error instanceof ApiProblem) return error;
      throw error;
    });
    if (typeof answer === 'string') {
      request.keyId = answer;
      return;
    }
    const found = await count(request);
    if (found.isAllowed || !found.isExceeded) throw answer;
    reply.header('retry-after', found.ttlInSeconds);
    throw new ApiProblem('too_many_requests', `try again in ${found.ttlInSeconds} seconds`);
  };
}
