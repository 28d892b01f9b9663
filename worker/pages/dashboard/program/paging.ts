import type { Context } from "hono";
import { ok, type Result } from "../../../domain/result.ts";
import type { Cursor } from "../../../store/cursor.ts";
import { parsePage, presentCursor } from "../../../wire/page.ts";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";

/** Lines of a list on a page. */
const LIMIT = 50;

/** One of the lists of a page, and where in it the reader is. */
export interface Place {
  readonly limit: number;
  readonly after: Cursor | null;
}

/** Where the reader is in the list that `cursor` of the query is of. Fails with `invalid_request`. */
export function placeIn(c: Context<PageEnv>, { cursor = "cursor", limit = LIMIT } = {}): Result<Place> {
  const place = c.req.query(cursor);
  const parsed = parsePage(place === undefined || place === "" ? {} : { cursor: place });
  return parsed.ok ? ok({ limit, after: parsed.value.after }) : parsed;
}

/** The links of a list's `<Pager>`: the rest of the query stays as it is. */
export function linksOf(
  c: Context<PageEnv>,
  { next, cursor = "cursor" }: { next: Cursor | string | null; cursor?: string },
): { readonly older: string | null; readonly newest: string | null } {
  const { pathname, search } = new URL(c.req.url);
  const here = withQuery(`${pathname}${search}`, { done: null });
  const wanted = typeof next === "string" ? next : presentCursor(next);
  return {
    older: wanted === null ? null : withQuery(here, { [cursor]: wanted }),
    newest: c.req.query(cursor) === undefined ? null : withQuery(here, { [cursor]: null }),
  };
}

/** The query of this page, for a filter of it: an empty field says nothing. */
export function queryOf(c: Context<PageEnv>, names: readonly string[]): Readonly<Record<string, string>> {
  const given = names.map((name) => [name, (c.req.query(name) ?? "").trim()] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}
