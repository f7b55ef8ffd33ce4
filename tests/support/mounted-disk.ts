import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './standalone.ts';

/** Marks mounts and images with the process that made them, so that the next run finds those of a test that died. */
const MARK = 'meterway-disk-';
const OWN = `${MARK}${process.pid}`;
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const BALLAST = 'ballast';
const COPIES_TRIED = 20;

let made = 0;

/** A small disk of its own under a folder: a file system in memory, or ext4 in a file. Needs root. */
export class MountedDisk {
  readonly path: string;
  /** The file that is the disk; null for one in memory. */
  #image: string | null;
  #isMounted = true;

  private constructor(path: string, image: string | null) {
    this.path = path;
    this.#image = image;
  }

  static memory(path: string, mb: number): MountedDisk {
    mkdirSync(path, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${mb}m`, OWN, path);
    return new MountedDisk(path, null);
  }

  static ext4(path: string, mb: number): MountedDisk {
    mkdirSync(path, { recursive: true });
    const image = newImage();
    writeFileSync(image, '');
    truncateSync(image, mb * 1024 * 1024);
    run('mkfs.ext4', '-q', '-F', image);
    const disk = new MountedDisk(path, image);
    disk.mount();
    return disk;
  }

  mount(): void {
    run('mount', '-o', 'loop', this.#image ?? '', this.path);
    this.#isMounted = true;
  }

  /** Also when files of it are open: they stay readable until they are closed. */
  unmount(): void {
    run('umount', '-l', this.path);
    this.#isMounted = false;
  }

  remount(option: 'ro' | 'rw' | 'abort'): void {
    run('mount', '-o', `remount,${option}`, this.path);
  }

  /** A neighbour takes all that is left. Returns the bytes. */
  fill(): number {
    const file = openSync(join(this.path, BALLAST), 'a');
    let bytes = 0;
    try {
      for (let size = 1024 * 1024; size >= 512; ) {
        try {
          bytes += writeSync(file, Buffer.alloc(size, 1));
        } catch {
          size >>= 1;
        }
      }
    } finally {
      closeSync(file);
    }
    return bytes;
  }

  free(): void {
    rmSync(join(this.path, BALLAST), { force: true });
  }

  /**
   * What a power cut at this moment would leave: a copy of what has been written to the disk. Whoever writes to it must
   * stand still; the kernel does not, so it is copied until two copies are equal.
   */
  whatIsWritten(): string {
    const copies = [newImage(), newImage()] as const;
    for (let i = 0; i < COPIES_TRIED; i++) {
      for (const copy of copies) copyFileSync(this.#image ?? '', copy);
      const [one, other] = copies.map((copy) => readFileSync(copy));
      if (!one || !other?.equals(one)) continue;
      rmSync(copies[1]);
      return copies[0];
    }
    throw new Error('the disk does not come to rest');
  }

  /** Whoever used it has ended: the disk is now the one in `image`, as found by fsck and mounted after the power cut. */
  becomes(image: string): void {
    this.unmount();
    if (this.#image) rmSync(this.#image);
    this.#image = image;
    this.mend();
    this.mount();
  }

  /** Plays back the journal of a disk that is not mounted, and mends the rest. */
  mend(): void {
    run('e2fsck', '-fy', this.#image ?? '');
  }

  remove(): void {
    if (this.#isMounted) this.unmount();
    if (this.#image) rmSync(this.#image, { force: true });
  }
}

/** Why there can be no disks here, or null. Where there is CI their tests fail instead of being skipped. */
export function whyNoDisks(): string | null {
  const why = process.getuid?.() === 0 ? whyNotMounted() : 'only root may mount';
  if (why === null) return null;
  if (process.env['CI'] === 'true') throw new Error(`CI must be able to mount disks: ${why}`);
  process.stdout.write(`tests with disks of their own are skipped: ${why}\n`);
  return why;
}

function whyNotMounted(): string | null {
  const path = join(tmpdir(), `${OWN}-trial`);
  try {
    cleanUpAfterTheDead();
    MountedDisk.memory(path, 1).remove();
    MountedDisk.ext4(path, 8).remove();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Unmounts and deletes what tests have left that were killed. */
function cleanUpAfterTheDead(): void {
  const images = new Map<string, string>();
  for (const name of readdirSync('/sys/block')) {
    const file = join('/sys/block', name, 'loop', 'backing_file');
    const image = name.startsWith('loop') ? readIfThere(file).trim() : '';
    if (image !== '') images.set(`/dev/${name}`, image);
  }
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [source = '', path = ''] = line.split(' ');
    if (isOfTheDead(images.get(source) ?? source)) run('umount', '-l', path);
  }
  for (const name of readdirSync(tmpdir())) {
    if (isOfTheDead(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isOfTheDead(name: string): boolean {
  const pid = new RegExp(`\\b${MARK}(\\d+)`).exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function newImage(): string {
  return join(tmpdir(), `${OWN}-${++made}.img`);
}

function run(program: string, ...args: readonly string[]): void {
  try {
    execFileSync(program, args, { env: ENVIRONMENT, stdio: 'pipe' });
  } catch (error) {
    // fsck: mended.
    if (program === 'e2fsck' && error instanceof Error && 'status' in error && error.status === 1) return;
    throw error;
  }
}
