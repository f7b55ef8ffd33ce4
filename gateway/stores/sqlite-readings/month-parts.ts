import { MeterwayError } from '#platform/errors.ts';
import type { Month } from '../months.ts';
import type { ReadingArchive } from '../reading-archive.ts';
import { firstReleasePath, openPath, type Part, partAt, sealedPath } from './folder.ts';
import type { ReadingFile } from './month-file.ts';
import type { OpenFiles } from './open-files.ts';

/** How a question is put to each kind of part. */
export interface Question<T> {
  readonly ofFile: (file: ReadingFile) => Promise<T[]>;
  readonly ofArchive: (archive: ReadingArchive) => Promise<T[]>;
}

interface Key {
  readonly meter: string;
  readonly slot: number;
}

/** Each look finds parts gone only while another process moves them, which it does once in weeks. */
const MOST_LOOKS = 50;

/** Puts questions to all parts of a month together. */
export class MonthParts {
  readonly #folder: string;
  readonly #files: OpenFiles;
  readonly #archive: ReadingArchive | null;

  constructor(folder: string, files: OpenFiles, archive: ReadingArchive | null) {
    this.#folder = folder;
    this.#files = files;
    this.#archive = archive;
  }

  /** What all parts say, once for each key: what was there first counts. */
  async ask<T extends Key>(month: Month, question: Question<T>): Promise<T[]> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      // In the order in which readings move, so that none is overtaken by the look.
      const parts = [
        firstReleasePath(this.#folder),
        openPath(this.#folder, month),
        sealedPath(this.#folder, month),
      ].map(partAt);
      const answer = await this.#askParts(month, parts, question);
      if (answer) return answer;
    }
    throw new MeterwayError(
      `cannot read ${month} in ${this.#folder}: its files change faster than they can be opened`,
      {
        code: 'store_busy',
        next: 'retry',
      },
    );
  }

  /** Whether a part of the month takes no more writes. */
  async isClosed(month: Month): Promise<boolean> {
    return partAt(sealedPath(this.#folder, month)) !== null || (await this.#isArchived(month));
  }

  /** What the parts that take no more writes say. Nothing must move them meanwhile. */
  async askClosed<T extends Key>(month: Month, question: Question<T>): Promise<T[]> {
    return (await this.#askParts(month, [partAt(sealedPath(this.#folder, month))], question)) ?? [];
  }

  /** Null when a part has gone meanwhile. */
  async #askParts<T extends Key>(
    month: Month,
    parts: readonly (Part | null)[],
    question: Question<T>,
  ): Promise<T[] | null> {
    const answers: T[][] = [];
    const archive = (await this.#isArchived(month)) ? this.#archive : null;
    if (archive) answers.push(await question.ofArchive(archive));
    for (const part of parts.toReversed()) {
      const answer = part ? await this.#askFile(part, question) : [];
      if (!answer) return null;
      answers.push(answer);
    }
    return firstOfEach(answers.filter((answer) => answer.length > 0));
  }

  async #askFile<T>({ path, ino }: Part, { ofFile }: Question<T>): Promise<T[] | null> {
    const lease = await this.#files.lease(path, ino);
    if (lease === 'gone') return null;
    if (lease === 'empty') return [];
    let failed: unknown;
    try {
      return await ofFile(lease.file);
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      lease.release(failed);
    }
  }

  async #isArchived(month: Month): Promise<boolean> {
    return this.#archive !== null && (await this.#archive.months()).has(month);
  }
}

/** A month is mostly in one part, and then there is nothing to hold against each other. */
function firstOfEach<T extends Key>(answers: readonly T[][]): T[] {
  const [only = [], ...more] = answers;
  if (more.length === 0) return only;
  const known = new Map<string, T>();
  for (const each of answers.flat()) {
    const key = `${each.slot} ${each.meter}`;
    if (!known.has(key)) known.set(key, each);
  }
  return [...known.values()];
}
