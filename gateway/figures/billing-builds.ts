/** The batch that is being built, and the meters of it that changed meanwhile. */
export interface Build {
  readonly batch: string;
  readonly task: string;
  readonly slot: number;
  readonly previous: string | null;
  /** Meters whose rows may have been made before something changed. */
  readonly changed: Set<string>;
}

/**
 * What builder and corrections must agree on: a change that comes while a batch is built is either in its rows or a
 * correction of them, never lost between the two.
 */
export class BillingBuilds {
  #current: Build | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  get current(): Build | null {
    return this.#current;
  }

  begin(build: Omit<Build, 'changed'>): Build {
    this.#current = { ...build, changed: new Set() };
    return this.#current;
  }

  end(): void {
    this.#current = null;
  }

  /** One after the other. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
