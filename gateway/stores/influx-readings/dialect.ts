import type { InfluxSettings } from './settings.ts';

/** What differs between the versions when readings are written and read. Paths hold no secret: they may be logged. */
export interface Dialect {
  readonly headers: Readonly<Record<string, string>>;
  /** Whether `/query` takes `params`; 3.x does not, so there the values stand in the statement. */
  readonly binds: boolean;
  writePath(database: string): string;
}

export function dialectOf(settings: InfluxSettings): Dialect {
  const { influxVersion, influxOrg, influxUsername, influxPassword, influxToken } = settings;
  const precision = 'precision=ms';
  switch (influxVersion) {
    case '1': {
      const basic = Buffer.from(`${influxUsername}:${influxPassword}`).toString('base64');
      return {
        headers: influxUsername === '' ? {} : { authorization: `Basic ${basic}` },
        binds: true,
        writePath: (database) => `/write?db=${encodeURIComponent(database)}&${precision}`,
      };
    }
    case '2': {
      const org = encodeURIComponent(influxOrg);
      return {
        headers: tokenHeader('Token', influxToken),
        binds: true,
        writePath: (database) => `/api/v2/write?org=${org}&bucket=${encodeURIComponent(database)}&${precision}`,
      };
    }
    case '3':
      return {
        headers: tokenHeader('Bearer', influxToken),
        binds: false,
        writePath: (database) => `/api/v2/write?bucket=${encodeURIComponent(database)}&${precision}`,
      };
  }
}

function tokenHeader(scheme: string, token: string): Record<string, string> {
  return token === '' ? {} : { authorization: `${scheme} ${token}` };
}
