import { MeterwayError } from './errors.ts';

/** Places at which a fault test may kill a process, in the order in which a reading passes them. */
export const FAILPOINTS = [
  'before-spool-commit',
  'after-spool-commit',
  'after-publish',
  'after-receive',
  'before-commit',
  'after-readings-write',
  'after-watch',
  'after-commit',
  'after-ack-publish',
  'before-ack-take',
  'after-ack-take',
  'mid-archive',
  'before-archive-swap',
  'after-archive-swap',
  'mid-backup',
  'mid-restore',
  'before-figures-checkpoint',
  'after-figures-checkpoint',
  'mid-billing-batch',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

let armed: { readonly name: Failpoint; left: number } | null = null;

/** Arms one place of this process: `after-commit:3` kills it when it comes there the third time. Empty: none. */
export function armFailpoint(setting: string): void {
  armed = null;
  if (setting === '') return;
  const [name = '', count = '1'] = setting.split(':');
  const known = FAILPOINTS.find((each) => each === name);
  const left = Number(count);
  if (!known || !Number.isSafeInteger(left) || left < 1) {
    throw new MeterwayError(
      `cannot use METERWAY_FAILPOINT ${JSON.stringify(setting)}: it must be name:n with one of ${FAILPOINTS.join(', ')}`,
      { code: 'config_invalid' },
    );
  }
  armed = { name: known, left };
}

/** Ends the process as a power cut would, if a fault test has armed this place; else nothing. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name || --armed.left > 0) return;
  process.kill(process.pid, 'SIGKILL');
}
