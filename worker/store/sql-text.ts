/** What a statement's text tells without a database. */
export interface SqlShape {
  /** How many arguments it takes: the largest `?N`, a bare `?` counting one more than the largest before it. */
  readonly parameters: number;
  /** Whether it only reads. A `WITH` that ends in an INSERT, UPDATE or DELETE does not, nor a PRAGMA with `=`. */
  readonly readOnly: boolean;
}

/**
 * Reads a statement's shape, remembered by its text.
 *
 * Throws a TypeError for two statements in one text (the embedded driver would run the first and forget the rest), for
 * no statement, and for named parameters (nothing binds them).
 */
export function inspectSql(sql: string): SqlShape {
  const known = shapes.get(sql);
  if (known !== undefined) return known;
  const code = blankOut(sql);
  assertOneStatement(code, sql);
  const shape = { parameters: countParameters(code, sql), readOnly: readsOnly(code) };
  if (shapes.size >= MAX_REMEMBERED_SHAPES) shapes.clear();
  shapes.set(sql, shape);
  return shape;
}

/** Whether the text holds nothing to run: blanks and comments only. */
export function isBlankSql(sql: string): boolean {
  return blankOut(sql).trim() === "";
}

/** The product has a few hundred texts; a caller that builds texts without end must not fill the memory. */
const MAX_REMEMBERED_SHAPES = 2_000;
const shapes = new Map<string, SqlShape>();

/**
 * Comments become a blank, strings and quoted names become `''`: what stays is keywords, names, operators and
 * parameters.
 */
function blankOut(sql: string): string {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]/g, (text) =>
    text.startsWith("--") || text.startsWith("/*") ? " " : "''",
  );
}

/** A trigger's body holds semicolons: SQLite ends it at `; END ;`, every other statement at its first `;`. */
function assertOneStatement(code: string, sql: string): void {
  const isTrigger = /^\s*create\s+(?:temp\s+|temporary\s+)?trigger\b/i.test(code);
  const end = (isTrigger ? /;\s*end\s*(?:;|$)/i : /;/).exec(code);
  const first = end === null ? code : code.slice(0, end.index);
  const rest = end === null ? "" : code.slice(end.index + end[0].length);
  if (first.trim() === "") throw new TypeError(`no statement in "${excerpt(sql)}"`);
  if (rest.trim() !== "") throw new TypeError(`more than one statement in "${excerpt(sql)}"`);
}

function countParameters(code: string, sql: string): number {
  let largest = 0;
  for (const [token, number] of code.matchAll(
    /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\?(\d*)|[:@$#][A-Za-z_]\w*/g,
  )) {
    if (number !== undefined) largest = number === "" ? largest + 1 : Math.max(largest, Number(number));
    else if (/^[:@$#]/.test(token)) throw new TypeError(`named parameter ${token} in "${excerpt(sql)}"`);
  }
  return largest;
}

function readsOnly(code: string): boolean {
  if (/^\s*(?:select|values|explain)\b/i.test(code) || /^\s*pragma\b[^=]*$/i.test(code)) return true;
  return /^\s*with\b/i.test(code) && !/\b(?:insert|replace)\s+(?:or|into)\b|\bupdate\b|\bdelete\s+from\b/i.test(code);
}

function excerpt(sql: string): string {
  return sql.trim().slice(0, 60);
}
