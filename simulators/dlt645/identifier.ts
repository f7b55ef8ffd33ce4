/** Data identifier DI3 DI2 DI1 DI0, sent low byte first. */
export interface Identifier {
  readonly di3: number;
  readonly di2: number;
  readonly di1: number;
  readonly di0: number;
}

export function identifierOf(data: Uint8Array): Identifier | undefined {
  const [di0, di1, di2, di3] = data;
  if (di0 === undefined || di1 === undefined || di2 === undefined || di3 === undefined) return undefined;
  return { di3, di2, di1, di0 };
}
