/** Number of the tables below. What is kept is derived: a file of another number is thrown away and made again. */
export const LAYOUT = 2;

/** `sum` is that of row-sum. Chunks stand in the order in which they are read: all of a day's column together. */
export const TABLES = [
  'CREATE TABLE figures (id INTEGER PRIMARY KEY CHECK (id = 0), position INTEGER NOT NULL, sum INTEGER NOT NULL)',
  'CREATE TABLE day (task TEXT NOT NULL, date TEXT NOT NULL, slots_json TEXT NOT NULL, row_count INTEGER NOT NULL, version INTEGER NOT NULL, basis TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (task, date)) WITHOUT ROWID',
  'CREATE TABLE chunk (task TEXT NOT NULL, date TEXT NOT NULL, name TEXT NOT NULL, chunk INTEGER NOT NULL, version INTEGER NOT NULL, sum INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (task, date, name, chunk))',
  'CREATE TABLE finding (task TEXT NOT NULL, slot INTEGER NOT NULL, meter TEXT NOT NULL, rule TEXT NOT NULL, facts_json TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (task, slot, meter, rule)) WITHOUT ROWID',
  'CREATE INDEX finding_meter ON finding (meter, slot)',
  'CREATE TABLE area_day (date TEXT NOT NULL, area TEXT NOT NULL, content_json TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (date, area)) WITHOUT ROWID',
  `PRAGMA user_version = ${LAYOUT}`,
] as const;
