export interface Job {
  /** What it is about: of two jobs that share a subject, the later one begins when the earlier one has ended. */
  readonly subjects: ReadonlySet<string>;
}

/**
 * Runs jobs in their order, at most `atOnce` at a time, while `goOn` allows. Settles when none is running any more;
 * rejects with the first failure, after which none begins.
 */
export async function inOrder<T extends Job>(
  jobs: readonly T[],
  { atOnce, goOn }: { readonly atOnce: number; readonly goOn: () => boolean },
  run: (job: T) => Promise<void>,
): Promise<void> {
  const left = [...jobs];
  const running = new Map<T, Promise<void>>();
  const failures: unknown[] = [];
  const begin = (job: T): void => {
    left.splice(left.indexOf(job), 1);
    const ended = run(job)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(job));
    running.set(job, ended);
  };
  for (;;) {
    while (running.size < atOnce && failures.length === 0 && goOn()) {
      const next = firstFree(left, running.keys());
      if (!next) break;
      begin(next);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
}

/** The first that shares no subject with one that is running or comes before it. */
function firstFree<T extends Job>(left: readonly T[], running: Iterable<T>): T | undefined {
  const taken = new Set<string>();
  for (const { subjects } of running) for (const subject of subjects) taken.add(subject);
  for (const job of left) {
    if (job.subjects.isDisjointFrom(taken)) return job;
    for (const subject of job.subjects) taken.add(subject);
  }
  return undefined;
}
