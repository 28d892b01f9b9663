/** An id as the table and the titles write it. */
const ID = /(?:AL\d+[a-z]?|AL-[a-z]\d+|(?:ST|KX|AR|EV|WH|CL|EX)\d+[a-z]?|[RED]-(?!mails?\b)[a-z][a-z_]*)/.source;
const TABLE_ROW = new RegExp(`^\\| (${ID}) \\|`, "gm");
/** A title follows `test(`, or the second bracket of `test.each(rows)(`. */
const TITLE = /(?:\b(?:test|it)(?:\.\w+)*\s*\(|\)\s*\()\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g;
const LEADING_IDS = new RegExp(`^(?:${ID}\\s+)+`);

/** The ids of the table, in its order. */
export function idsOfTable(markdown: string): readonly string[] {
  return [...markdown.matchAll(TABLE_ROW)].map(([, id = ""]) => id);
}

/** The ids that the test titles of a source file begin with. */
export function idsOfTitles(source: string): readonly string[] {
  return titlesOf(source).flatMap((title) => {
    const leading = LEADING_IDS.exec(title)?.[0] ?? "";
    return leading.split(/\s+/).filter((id) => id !== "");
  });
}

/** The titles of a source file's tests, as they are written there. */
export function titlesOf(source: string): readonly string[] {
  return [...source.matchAll(TITLE)].map(([, , title = ""]) => title);
}

/** One sentence for each id without a test, without a row, or with two rows. */
export function idProblems(table: readonly string[], tests: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const named = new Set([...tests.values()].flat());
  return [
    ...table.filter((id) => !named.has(id)).map((id) => `${id} has no test`),
    ...table.filter((id, index) => table.indexOf(id) !== index).map((id) => `${id} has two rows`),
    ...[...tests].flatMap(([file, ids]) =>
      [...new Set(ids)].filter((id) => !table.includes(id)).map((id) => `${file} names ${id}, which has no row`),
    ),
  ];
}
