import type { FastifyRequest } from 'fastify';
import { hashApiKey } from '#platform/api-key.ts';
import type { Clock } from '#platform/clock.ts';
import type { ApiKey, KeyStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';

/** A revoked key is refused at the latest after this, ms. */
const CACHE_MS = 5000;

/** Finds the key a request carries; only its hash is ever compared or kept. */
export class Bearer {
  readonly #keys: KeyStore;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { key: ApiKey; until: number }>();

  constructor(keys: KeyStore, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Resolves with the id of a valid key, or rejects with the problem `unauthorized`. */
  async authenticate(request: FastifyRequest): Promise<string> {
    const { authorization } = request.headers;
    const match = /^Bearer +([\w-]{16,128})$/i.exec(authorization ?? '');
    const given = match?.[1];
    if (given === undefined) {
      throw new ApiProblem(
        'unauthorized',
        'send the key as "Authorization: Bearer <key>"; the first one is in <data-dir>/admin-key',
      );
    }
    const key = await this.#find(hashApiKey(given));
    if (key === null || key.revokedAt !== null) throw new ApiProblem('unauthorized', 'this key is unknown or revoked');
    return key.id;
  }

  async #find(hash: string): Promise<ApiKey | null> {
    const now = this.#clock.mono();
    const cached = this.#cache.get(hash);
    if (cached && cached.until > now) return cached.key;
    const key = await this.#keys.byHash(hash);
    this.#cache.delete(hash);
    if (key) this.#cache.set(hash, { key, until: now + CACHE_MS });
    if (this.#cache.size > 1000) this.#cache.clear();
    return key;
  }
}
