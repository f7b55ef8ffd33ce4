import { lookup } from 'node:dns/promises';
import http, { type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { MeterwayError } from '#platform/errors.ts';
import { type EgressRules, hostOf, portOf } from './egress-rules.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Posts and resolves with the status of the answer; what the answer says beside it is not read. Rejects when no answer
 * came: with MeterwayError `address_refused` when the rules forbid it, with the signal's reason when that aborts.
 */
export type Poster = (post: Post) => Promise<number>;

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true });

/**
 * Posts to addresses that the rules allow, and to no other: the name is resolved once, every address that it has is
 * checked, and the connection goes to one of these, whatever the name means a moment later. Redirects are answers.
 */
export function safePoster(rules: EgressRules, resolve: Resolve = systemResolve): Poster {
  return async (post) => {
    const why = rules.refusal(post.url);
    if (why !== null) throw refused(why);
    const url = new URL(post.url);
    const addresses = await unlessAborted(post.signal, checkedAddresses(rules, resolve, hostOf(url)));
    return send(url, addresses, post);
  };
}

async function checkedAddresses(rules: EgressRules, resolve: Resolve, host: string): Promise<readonly Address[]> {
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  const bad = addresses.find(({ address }) => !rules.isAllowed(address));
  // A name with a public and a private address is an attack more often than a mistake.
  if (bad) throw refused(`${host} has the address ${bad.address}, which is not one that webhooks may go to`);
  if (addresses.length === 0) throw refused(`${host} has no address`);
  return addresses;
}

function send(url: URL, addresses: readonly Address[], { headers, body, signal }: Post): Promise<number> {
  const bytes = Buffer.from(body);
  const options: RequestOptions = {
    method: 'POST',
    host: hostOf(url),
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'content-length': String(bytes.length) },
    agent: false,
    lookup: answering(addresses),
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? https.request(options) : http.request(options);
    request.once('socket', (socket) => {
      socket.once('connect', () => {
        if (addresses.some(({ address }) => address === socket.remoteAddress)) return;
        request.destroy(refused(`the connection went to ${socket.remoteAddress}, which was not looked at`));
      });
    });
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    // A receiver that wants another protocol would be cut off without an answer and without an error.
    request.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    // However a connection ends, nobody waits for it any longer.
    request.once('close', () => reject(signal.aborted ? signal.reason : closed()));
    request.end(bytes);
  });
}

/** A lookup that knows these addresses only. */
function answering(addresses: readonly Address[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all || first === undefined) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function closed(): MeterwayError {
  return new MeterwayError('the webhook closed the connection without an answer', { code: 'closed', next: 'retry' });
}

function refused(why: string): MeterwayError {
  return new MeterwayError(`cannot post to the webhook: ${why}`, { code: 'address_refused', next: 'retry' });
}
