import { isId } from '#contract/ids.ts';
import { parseTopic, TOPIC_ROOT, topic } from '#contract/topics.ts';
import { GATEWAY_USER } from './credentials.ts';

/** Which collector lives in which district: the only prefix it may use. */
export type DistrictOf = (collector: string) => string | undefined;

/**
 * Who may say and hear what. A collector writes below its own `up/` and hears its own `down/` (acks, plan, jobs) and its
 * own status, so that it can notice a second process with its id; wildcards are for the gateway alone. Nobody but the
 * gateway can ask a collector to read, or tell events (`<district>/events`), which are not for collectors.
 */
export class Access {
  readonly #districtOf: DistrictOf;

  constructor(districtOf: DistrictOf) {
    this.#districtOf = districtOf;
  }

  /**
   * A client id begins with the user name and a dot: nobody takes over another's session, and two processes of one
   * collector are both on air, so that they notice each other.
   */
  mayConnect(clientId: string, user: string): boolean {
    if (user === GATEWAY_USER) return clientId.startsWith('gateway');
    return isId(user) && clientId.startsWith(`${user}.`) && this.#districtOf(user) !== undefined;
  }

  mayPublish(user: string, name: string): boolean {
    if (user === GATEWAY_USER) return name.startsWith(`${TOPIC_ROOT}/`);
    return this.#owns(user, name, 'up/');
  }

  maySubscribe(user: string, filter: string): boolean {
    if (user === GATEWAY_USER) return filter.startsWith(`${TOPIC_ROOT}/`);
    const district = this.#districtOf(user);
    if (district === undefined) return false;
    if (filter === topic(district, user, 'up/status')) return true;
    return this.#owns(user, filter, 'down/');
  }

  #owns(user: string, name: string, direction: 'up/' | 'down/'): boolean {
    const parsed = parseTopic(name);
    if (!parsed?.channel.startsWith(direction) || parsed.collector !== user) return false;
    return this.#districtOf(user) === parsed.district;
  }
}
