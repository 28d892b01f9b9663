import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type BookCheck, findCheck, insertCheck, listChecks, noteStep } from "../../store/book-check-store.ts";
import { checksOf } from "../../store/check-books.ts";

/** What one request does of a check: a front door answers within seconds, however large the books are. */
const STEP_MS = 2_000;
/** Rows that are kept of what a check found: more say nothing new. */
const MAX_FOUND = 200;
/** Checks that a page shows. */
const LISTED = 10;

/** Begins a check of an app's books, or with null of all, and makes its first steps. Fails with `not_found` without such an app. */
export async function startBooksCheck(
  deps: Deps,
  { actor, appId }: { actor: string; appId: string | null },
): Promise<Result<BookCheck>> {
  const id = deps.newId("chk");
  await deps.db.batch([insertCheck({ id, appId, actor, checks: checksOf(appId).length, startedAt: deps.now() })]);
  const started = await continueBooksCheck(deps, id);
  return started.ok ? started : fail("not_found", "No such app.");
}

/**
 * Goes on with a check for some seconds, from where it is: comparison by comparison, each noted once. Whoever goes on with the
 * same one meanwhile does work twice and notes it once. Fails with `not_found`.
 */
export async function continueBooksCheck(deps: Deps, id: string): Promise<Result<BookCheck>> {
  const until = deps.realNow() + STEP_MS;
  let check = await findCheck(deps.db, id);
  while (check !== null && check.endedAt === null) {
    const [name, query] = checksOf(check.appId)[check.done] ?? ["", null];
    const rows = query === null ? [] : await deps.db.query(query);
    const found = [...check.found, ...rows.map((row) => ({ check: name, row }))].slice(0, MAX_FOUND);
    await deps.db.batch([noteStep(id, { done: check.done, found, now: deps.now() })]);
    check = await findCheck(deps.db, id);
    if (deps.realNow() >= until) break;
  }
  return check === null ? fail("not_found", "No such check.") : ok(check);
}

/** A check by its id. Fails with `not_found`. */
export async function readBooksCheck(deps: Deps, id: string): Promise<Result<BookCheck>> {
  const check = await findCheck(deps.db, id);
  return check === null ? fail("not_found", "No such check.") : ok(check);
}

/** The newest checks, whoever ran them, newest first. */
export async function readBooksChecks(deps: Deps): Promise<readonly BookCheck[]> {
  return listChecks(deps.db, LISTED);
}
