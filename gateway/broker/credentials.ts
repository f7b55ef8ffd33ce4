import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '#platform/files.ts';

/** User name under which the gateway itself connects. It is no valid collector id. */
export const GATEWAY_USER = '$gateway';

/** Passwords of the embedded broker's users: made once, kept in a file only its owner can read. */
export class Credentials {
  readonly path: string;
  readonly #passwords: Map<string, string>;

  private constructor(path: string, passwords: Map<string, string>) {
    this.path = path;
    this.#passwords = passwords;
  }

  /** Loads the file and adds a random password for every user that has none yet. */
  static ensure(path: string, users: readonly string[]): Credentials {
    const stored: Record<string, string> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    const passwords = new Map(Object.entries(stored));
    let added = false;
    for (const user of users) {
      if (passwords.has(user)) continue;
      passwords.set(user, randomBytes(24).toString('base64url'));
      added = true;
    }
    if (added) writeFileAtomic(path, `${JSON.stringify(Object.fromEntries(passwords), null, 2)}\n`, 0o600);
    return new Credentials(path, passwords);
  }

  passwordOf(user: string): string | undefined {
    return this.#passwords.get(user);
  }

  check(user: string, password: Uint8Array): boolean {
    const expected = Buffer.from(this.#passwords.get(user) ?? '');
    return expected.length > 0 && expected.length === password.length && timingSafeEqual(expected, password);
  }
}
