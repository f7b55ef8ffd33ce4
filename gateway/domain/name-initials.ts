/** The first syllables of each letter in the order of pinyin: the first character that begins with it. No i, u, v. */
const FIRST = '阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀';
const LETTERS = 'abcdefghjklmnopqrstwxyz';
/** Surnames that are read otherwise than the character alone is (《通用规范汉字字典》, 姓氏读音). */
const SURNAMES: Readonly<Record<string, string>> = {
  曾: 'z',
  单: 's',
  解: 'x',
  仇: 'q',
  查: 'z',
  朴: 'p',
  区: 'o',
  覃: 'q',
  翟: 'z',
  缪: 'm',
  尉: 'y',
  盖: 'g',
  乐: 'y',
  重: 'c',
  种: 'c',
  召: 's',
};
const collator = new Intl.Collator('zh-u-co-pinyin');
const known = new Map<string, string>();

/**
 * Initials of a name, lower case: the pinyin initial of each Chinese character, the first letter of each word of other
 * scripts: `王小明` = `wxm`, `Anna Li` = `al`. A surname with a reading of its own gives both: `曾伟` = `cw`, `zw`.
 * Rare readings inside a name are not known.
 */
export function nameInitials(name: string): string[] {
  let text = '';
  let isInWord = false;
  for (const character of name) {
    const letter = letterOf(character);
    const isLatin = letter !== '' && character < '\u2e80';
    if (letter !== '' && !(isLatin && isInWord)) text += letter;
    isInWord = isLatin;
  }
  const surname = SURNAMES[name.charAt(0)];
  return surname && text[0] !== surname ? [text, surname + text.slice(1)] : [text];
}

function letterOf(character: string): string {
  const found = known.get(character);
  if (found !== undefined) return found;
  const letter = /\p{Script=Han}/u.test(character) ? pinyinLetter(character) : plainLetter(character);
  known.set(character, letter);
  return letter;
}

function pinyinLetter(character: string): string {
  let letter = '';
  for (const [i, first] of [...FIRST].entries()) {
    if (collator.compare(character, first) < 0) break;
    letter = LETTERS.charAt(i);
  }
  return letter;
}

function plainLetter(character: string): string {
  const plain = character.normalize('NFD').charAt(0).toLowerCase();
  return /^[a-z0-9]$/.test(plain) ? plain : '';
}
