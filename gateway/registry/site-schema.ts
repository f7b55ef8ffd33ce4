import { type Static, Type } from 'typebox';
import { Id } from '#contract/ids.ts';
import { DialInLink, Forward, LINE_PROTOCOLS } from '#contract/plan.ts';
import { PHASES } from '#contract/quantities.ts';
import {
  ACCOUNT_CATEGORIES,
  ACCOUNT_PRIORITIES,
  ACCOUNT_STATUSES,
  AREA_STATUSES,
  METER_ROLES,
} from '#contract/registry.ts';
import { Task } from '#contract/tasks.ts';

const strict = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 200 });
/** Calendar date in the site's time zone; midnight begins it. */
const DateText = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const Ratio = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 });

const SiteSerial = Type.Object(
  {
    path: Type.String({ minLength: 1 }),
    baudRate: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600 })),
    parity: Type.Optional(Type.Enum(['none', 'even', 'odd'])),
    dataBits: Type.Optional(Type.Enum([7, 8])),
    stopBits: Type.Optional(Type.Enum([1, 2])),
  },
  strict,
);

const SiteTcp = Type.Object(
  { host: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
  strict,
);

/** Terminal: that of `dialIn` if left out. Port 31, the carrier module, with even parity unless told. */
const SiteForward = Type.Partial(Forward, strict);

const SiteTiming = Type.Object(
  {
    replyTimeoutMs: Type.Optional(Type.Integer({ minimum: 20, maximum: 120_000 })),
    byteGapMs: Type.Optional(Type.Integer({ minimum: 5, maximum: 10_000 })),
    pauseMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    quietMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
  },
  strict,
);

const SiteLine = Type.Object(
  {
    id: Id,
    /** May be left out when the site has one collector. */
    collector: Type.Optional(Id),
    protocol: Type.Enum([...LINE_PROTOCOLS]),
    /** Exactly one of `serial`, `tcp` and `dialIn`. */
    serial: Type.Optional(SiteSerial),
    tcp: Type.Optional(SiteTcp),
    dialIn: Type.Optional(DialInLink),
    forward: Type.Optional(SiteForward),
    concentrator: Type.Optional(Id),
    timing: Type.Optional(SiteTiming),
  },
  strict,
);

const AccountNo = Type.String({ pattern: '^[0-9A-Za-z-]{1,32}$' });
const RegisterWh = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 });
/** Up to 3 decimals, as a plate shows them. */
const RegisterKwh = Type.Number({ minimum: 0, maximum: 1_000_000_000 });

/** A meter at a service point from a date to a date (not included), with the registers written down at both. */
const SiteInstallation = Type.Object(
  {
    account: Type.Optional(AccountNo),
    /** Area and ratios meanwhile; those of the meter if left out. */
    area: Type.Optional(Id),
    ct: Type.Optional(Ratio),
    pt: Type.Optional(Ratio),
    from: DateText,
    to: Type.Optional(DateText),
    startWh: Type.Optional(RegisterWh),
    startKwh: Type.Optional(RegisterKwh),
    endWh: Type.Optional(RegisterWh),
    endKwh: Type.Optional(RegisterKwh),
  },
  strict,
);

const SiteMeter = Type.Object(
  {
    id: Id,
    /** Number on the plate; the id if left out. */
    no: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z-]{1,32}$' })),
    model: Id,
    line: Id,
    /** The id if left out and the id consists of digits. */
    address: Type.Optional(Type.String({ pattern: '^[0-9]{1,12}$' })),
    area: Id,
    /** Where in the area; both ids are unique in it only. */
    branch: Type.Optional(Id),
    box: Type.Optional(Id),
    role: Type.Optional(Type.Enum([...METER_ROLES])),
    account: Type.Optional(AccountNo),
    phase: Type.Optional(Type.Enum([...PHASES])),
    ct: Type.Optional(Ratio),
    pt: Type.Optional(Ratio),
    installed: Type.Optional(DateText),
    removed: Type.Optional(DateText),
    /** Instead of `account`, `installed` and `removed`, where the meter hung in more than one way. */
    installations: Type.Optional(Type.Array(SiteInstallation, { minItems: 1 })),
    /** Who made it. */
    maker: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  strict,
);

const SiteArea = Type.Object(
  {
    id: Id,
    name: Name,
    feeder: Type.Optional(Id),
    kva: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    status: Type.Optional(Type.Enum([...AREA_STATUSES])),
    statusSince: Type.Optional(DateText),
  },
  strict,
);

/** Supply meters: at the head of the feeder, not in an area. */
const SiteFeeder = Type.Object(
  {
    id: Id,
    name: Name,
    district: Type.Optional(Id),
    supplyMeters: Type.Optional(Type.Array(Id, { minItems: 1 })),
  },
  strict,
);

const SiteAccount = Type.Object(
  {
    no: AccountNo,
    name: Name,
    address: Name,
    category: Type.Optional(Type.Enum([...ACCOUNT_CATEGORIES])),
    priority: Type.Optional(Type.Enum([...ACCOUNT_PRIORITIES])),
    status: Type.Optional(Type.Enum([...ACCOUNT_STATUSES])),
    /** Contract capacity, kW. */
    contractKw: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
  },
  strict,
);

/**
 * A site file: what is installed where, and how it is reached. Districts, feeders and collectors may be left out by
 * a site that has one of each; tasks, when left out, are the usual four.
 */
export const SiteFile = Type.Object(
  {
    site: Type.Object({ name: Name, timeZone: Type.Optional(Type.String()) }, strict),
    districts: Type.Optional(Type.Array(Type.Object({ id: Id, name: Name }, strict), { minItems: 1 })),
    feeders: Type.Optional(Type.Array(SiteFeeder, { minItems: 1 })),
    areas: Type.Array(SiteArea, { minItems: 1 }),
    collectors: Type.Optional(
      Type.Array(Type.Object({ id: Id, district: Type.Optional(Id) }, strict), { minItems: 1 }),
    ),
    lines: Type.Array(SiteLine, { minItems: 1 }),
    meters: Type.Array(SiteMeter, { minItems: 1 }),
    accounts: Type.Optional(Type.Array(SiteAccount)),
    tasks: Type.Optional(Type.Array(Task, { minItems: 1 })),
    /** Files with meter models of the site's own, relative to this file. */
    profiles: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  },
  strict,
);
export type SiteFile = Static<typeof SiteFile>;
