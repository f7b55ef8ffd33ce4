/** Which records are sent next: from `from` on, those below `below`. Numbers are sequence numbers of the spool. */
export interface Stretch {
  readonly from: number;
  readonly below: number;
}

/**
 * What has waited and what is new go in turn: after a week without the centre nobody waits for today until the week is
 * through. The backlog is what the spool held at the last restart.
 */
export class SendingOrder {
  #backlog = 1;
  #backlogEnd = 1;
  #live = 1;
  #wasLive = false;

  /** Everything is to be sent again; records up to `lastSeq` are the backlog. */
  restart(lastSeq: number): void {
    this.#backlog = 1;
    this.#backlogEnd = lastSeq + 1;
    this.#live = this.#backlogEnd;
    this.#wasLive = false;
  }

  /** `lastSeq`: the highest number given so far. */
  next(lastSeq: number): Stretch {
    const isThrough = this.#backlog >= this.#backlogEnd;
    const isLive = isThrough || (!this.#wasLive && lastSeq >= this.#live);
    if (isLive) return { from: this.#live, below: Number.POSITIVE_INFINITY };
    return { from: this.#backlog, below: this.#backlogEnd };
  }

  /** True when a stretch that `next` gave is still where to go on. */
  isNext({ from }: Stretch): boolean {
    return from === (from >= this.#backlogEnd ? this.#live : this.#backlog);
  }

  /** Records of the stretch up to `to` are on their way. */
  sent({ from }: Stretch, to: number): void {
    this.#wasLive = from >= this.#backlogEnd;
    if (this.#wasLive) this.#live = to + 1;
    else this.#backlog = to + 1;
  }

  /** Nothing is left in the stretch, up to `lastSeq`. Returns false when there is nothing else either. */
  exhausted({ from }: Stretch, lastSeq: number): boolean {
    if (from < this.#backlogEnd) {
      this.#backlog = this.#backlogEnd;
      return true;
    }
    this.#live = Math.max(this.#live, lastSeq + 1);
    this.#wasLive = true;
    return this.#backlog < this.#backlogEnd;
  }

  /** A record is missing at the centre: it is sent again with what follows. */
  backTo(seq: number): void {
    if (seq >= this.#backlogEnd) this.#live = Math.min(this.#live, seq);
    else this.#backlog = Math.min(this.#backlog, seq);
  }
}
