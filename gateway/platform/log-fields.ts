/**
 * Every name that a field of the log may have, and what stands in it. The list is closed: a call with another name does
 * not compile, and what gets past the compiler is written as "…". So a secret, or what belongs to a customer (name,
 * address, telephone, e-mail, account number), has no way into a field. Numbers and ids of meters are no such thing:
 * the crews in the field need them.
 */
export const LOG_FIELDS = {
  // What went wrong
  err: 'an error: code, message and context; the stack as well when it is a bug',
  why: 'what has been found wrong, in words',
  detail: 'the words of the library or the system',
  failure: 'why a connection failed, one of a list',
  remedy: 'what to do about it',
  finding: 'what a check of a file has found',
  what: 'the part of a reading that differs',
  sqlite: 'result code of SQLite',
  problems: 'how many problems a file or the settings have',

  // Who and where
  district: 'id of a district',
  collector: 'id of a collector',
  line: 'id of a line',
  link: 'how a line is reached: the serial port, or host and port',
  terminal: 'logical address of a concentrator that has dialled in',
  from: 'where a concentrator dialled in from: its network address, or the logical address that it gave',
  afn: 'function code of a frame of Q/GDW 376.1',
  number: 'number of a request in that frame',
  count: 'how often the same has happened',
  peer: 'network address of a client of the broker',
  meter: 'id of a meter',
  meters: 'number of meters',
  lines: 'number of lines',
  areas: 'number of areas',
  suspicions: 'number of suspicions of theft that have begun',
  node: 'kind of the part of the network: feeder, area, branch, box, meter',
  nodeId: 'its id',
  host: 'name or address of a machine',
  port: 'TCP port',
  client: 'client id at the broker',
  user: 'user at the broker: gateway, or the id of a collector',
  broker: 'the broker, without user and password',
  topic: 'MQTT topic',
  filter: 'MQTT topic filter',
  certificate: 'whose certificate: own or broker',
  route: 'pattern of a route of the API, never the URL itself',
  requestId: 'id that an answer of the API carries',
  reqId: 'the same, as the HTTP library names it',
  url: 'an address on which a program listens or which it calls, without user and password',

  // Work
  task: 'id of a task',
  tasks: 'ids of tasks, or how many',
  slot: 'slot of a task, UTC ms',
  date: 'business date',
  month: 'calendar month',
  plan: 'version of a plan',
  webhook: 'id of a webhook',
  attempts: 'how often it was tried',
  status: 'status of the answer of a webhook',
  job: 'id of a job',
  kind: 'kind of a job or an outage',
  request: 'id of a request to send again',
  batch: 'id of a billing batch',
  since: 'from when on, UTC ms',
  reads: 'number of reads on demand',
  reason: 'why there is no value',
  dropped: 'quantities that were left out of a reading',
  use: 'part of its time that a line would need',
  outage: 'id of an outage',
  phase: 'phase of the supply',
  confidence: 'how sure an outage is, 0 to 1',
  rule: 'id of a rule of the anomalies',
  facts: 'figures that a rule has seen',
  registerWh: 'register, Wh',
  flowedWh: 'energy that must have flowed, Wh',
  minWh: 'least energy that a rule looks at, Wh',

  // A minute of a storm: numbers of outages
  opened: 'that began',
  restored: 'that ended',
  unconfirmed: 'that may be some',

  // A day that is closed: numbers of meters
  expected: 'owed a value',
  answered: 'with a valid value',
  suspect: 'with a value that contradicts itself',
  failed: 'that failed',
  open: 'of which nothing was heard',
  excluded: 'owed, but not counted',

  // Results on their way
  epoch: 'epoch of a spool',
  seq: 'number of a record in its epoch',
  seqs: 'numbers of records in their epoch',
  newest: 'highest number that the centre knows',
  known: 'highest number that was sent',
  records: 'number of records',
  rows: 'number of rows',
  spooled: 'rows that wait in a spool',
  saved: 'records saved from a damaged spool',
  changed: 'records that the disk has changed',
  unreadable: 'ranges that the disk does not give back',
  inFlight: 'envelopes sent and not committed',
  inAll: 'results given up since the spool was made, by kind',
  curve: 'of these: curves and present values',
  outcome: 'of these: reasons why a read failed',
  event: 'of these: events of meters',
  freeze: 'of these: registers that are billed',
  maxBytes: 'most bytes that a spool may have in use',

  // Files
  file: 'path of a file of the settings',
  path: 'path of a file of the data folder',
  aside: 'path to which a damaged file was moved',
  bytes: 'number of bytes',

  // Time and counts
  step: 'step of the stop of a program',
  timer: 'name of something that is done regularly',
  waitMs: 'wait before it is tried again, ms',
  retryAfterMs: 'wait that a server has asked for, ms',
  tookMs: 'how long it took, ms',
  deadlineMs: 'how long it may take, ms',
  timeoutS: 'how long a job may take, s',
  aheadS: 'how far a clock is ahead, s',
  days: 'number of days',
  months: 'number of months',
  endsAt: 'when a certificate ends, RFC 3339',
  most: 'a limit that was reached',
} as const;

export type LogField = keyof typeof LOG_FIELDS;

type Plain = string | number | boolean | null | undefined;
/** Of a nested object, too, only fields of the list are written. */
export type LogValue = Plain | Date | URL | readonly LogValue[] | LogFields;

export type LogFields = {
  readonly [Name in LogField]?: Name extends 'err' ? unknown : LogValue;
};

/** Refuses what a spread would bring in besides: an object that has more than the fields of the list. */
export type OnlyListed<Fields> = {
  readonly [Name in keyof Fields]: Name extends LogField ? Fields[Name] : never;
};

/** What an error carries for the log, and for who catches it. */
export type ErrorContext = {
  readonly [Name in Exclude<LogField, 'err'>]?: string | number | boolean | null;
};

export function isLogField(name: string): name is LogField {
  return Object.hasOwn(LOG_FIELDS, name);
}
