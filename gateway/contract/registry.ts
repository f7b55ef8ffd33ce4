import type { Forward, LineProtocol, LineTiming, PlanLine } from './plan.ts';
import type { MeterProfile } from './profile.ts';
import type { Phase } from './quantities.ts';
import type { Task } from './tasks.ts';

/** 供电所: the unit of scaling and of access rights. */
export interface District {
  readonly id: string;
  readonly name: string;
}

/** 10 kV 线路. */
export interface Feeder {
  readonly id: string;
  readonly name: string;
  readonly district: string;
  /** Meters at the head of the feeder, where there are some; else a feeder is the sum of its areas. */
  readonly supplyMeters?: readonly string[];
}

export const AREA_STATUSES = ['running', 'stopped', 'removed'] as const;
/** 运行 / 停运 / 拆除. */
export type AreaStatus = (typeof AREA_STATUSES)[number];

/** 台区: one distribution transformer with its supply meter and its customers. */
export interface Area {
  readonly id: string;
  readonly name: string;
  readonly feeder: string;
  /** Rating of the transformer, kVA. */
  readonly kva: number;
  /** `running` when left out. */
  readonly status?: AreaStatus;
  /** Since when the status holds, UTC ms; when left out, it always has. */
  readonly statusSince?: number;
}

/** 采集进程. */
export interface Collector {
  readonly id: string;
  readonly district: string;
}

/** 通信链路, and the concentrator behind it, if there is one. */
export interface Line {
  readonly id: string;
  readonly collector: string;
  readonly protocol: LineProtocol;
  readonly link: PlanLine['link'];
  /** The terminal that passes the meters' frames on, where there is one. */
  readonly forward?: Forward;
  readonly concentrator: string | null;
  readonly timing: LineTiming;
}

export const ACCOUNT_CATEGORIES = ['resident', 'commercial', 'dedicated', 'generator'] as const;
export type AccountCategory = (typeof ACCOUNT_CATEGORIES)[number];
export const ACCOUNT_PRIORITIES = ['normal', 'large', 'critical', 'vulnerable'] as const;
export type AccountPriority = (typeof ACCOUNT_PRIORITIES)[number];
export const ACCOUNT_STATUSES = ['active', 'disconnected', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** 户号: what the hotline and billing know. `disconnected` = 欠费停电. */
export interface Account {
  readonly no: string;
  readonly name: string;
  readonly address: string;
  readonly category: AccountCategory;
  readonly priority: AccountPriority;
  readonly status: AccountStatus;
  /** Contract capacity (合同容量), kW, if that is on record. */
  readonly contractKw?: number;
}

export const METER_ROLES = ['customer', 'supply', 'check'] as const;
export type MeterRole = (typeof METER_ROLES)[number];

/** 电能表: the device. Face values and ratio are kept apart; nothing is multiplied silently. */
export interface Meter {
  readonly id: string;
  /** Number on the plate (表号). */
  readonly no: string;
  readonly model: string;
  readonly line: string;
  /** Address on the line: 12 digits for DL/T 645, the unit id for Modbus. */
  readonly address: string;
  readonly area: string;
  /** 分支: the low-voltage branch of the area; two areas may both have a `B1`. */
  readonly branch?: string;
  /** 表箱: lies on one branch, its id is unique in its area only. */
  readonly box?: string;
  readonly role: MeterRole;
  /** Phase a single-phase meter hangs on, if known. */
  readonly phase: Phase | null;
  readonly ct: number;
  readonly pt: number;
  /** Who made it (厂家), if that is on record. */
  readonly maker?: string;
  /** First time the meter was planned for collection, UTC ms. */
  readonly collectedFrom: number;
}

/** 装拆记录: a meter at a service point for a time. A meter exchange is two of them. */
export interface Installation {
  readonly meter: string;
  /** Account served, or null for a supply or check meter. */
  readonly account: string | null;
  readonly from: number;
  readonly to: number | null;
  /** Import registers when the meter was put in and taken out, Wh, if they were written down. */
  readonly startWh: number | null;
  readonly endWh: number | null;
  /** Area and transformer ratios while the installation lasted; those of the meter when left out. */
  readonly area?: string;
  readonly ct?: number;
  readonly pt?: number;
}

/** Everything the centre knows of the field, as one value. */
export interface Registry {
  readonly name: string;
  readonly timeZone: string;
  readonly districts: readonly District[];
  readonly feeders: readonly Feeder[];
  readonly areas: readonly Area[];
  readonly collectors: readonly Collector[];
  readonly lines: readonly Line[];
  readonly accounts: readonly Account[];
  readonly meters: readonly Meter[];
  readonly installations: readonly Installation[];
  readonly tasks: readonly Task[];
  /** Meter models that the site brings itself. */
  readonly profiles?: readonly MeterProfile[];
}
