import { Type } from 'typebox';
import { BothLanguages, ReasonCode, strict } from './common.ts';

export const ReasonShape = strict({
  code: ReasonCode,
  text: BothLanguages,
  likelyCause: BothLanguages,
  checks: strict({ zh: Type.Array(Type.String()), en: Type.Array(Type.String()) }),
});
