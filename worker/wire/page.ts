import * as v from "valibot";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Cursor } from "../store/cursor.ts";
import { check, optional, text } from "./fields.ts";

/** Rows of one page of a list. */
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 50;

export const pageLimit = v.pipe(
  v.optional(v.string(), String(DEFAULT_LIMIT)),
  v.regex(/^\d{1,3}$/, `must be 1–${MAX_LIMIT}`),
  v.transform(Number),
  v.minValue(1, `must be 1–${MAX_LIMIT}`),
  v.maxValue(MAX_LIMIT, `must be 1–${MAX_LIMIT}`),
);

export const PageSchema = v.object({ limit: pageLimit, cursor: optional(text) });

/** The page asked for by `limit` (1–100, 50) and `cursor`. Fails with `invalid_request`. */
export function parsePage(query: unknown): Result<{ readonly limit: number; readonly after: Cursor | null }> {
  const parsed = check(PageSchema, query);
  if (!parsed.ok) return parsed;
  const { limit, cursor } = parsed.value;
  if (cursor === null) return ok({ limit, after: null });
  const match = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(cursor);
  if (match === null) return invalidCursor();
  return ok({ limit, after: { at: Number(match[1]), id: match[2] ?? "" } });
}

/** The same for a list whose rows are numbered: the cursor of any other is not valid. */
export function parseNumberedPage(query: unknown): ReturnType<typeof parsePage> {
  const page = parsePage(query);
  if (!page.ok || page.value.after === null || /^\d{1,15}$/.test(page.value.after.id)) return page;
  return invalidCursor();
}

/**
 * A page of a list by age and the cursor of the next: `rows` holds one more than `limit` when there is a next page. The
 * cursor is opaque on the wire, and no secret: each list is scoped by its key.
 */
export function toPage<Item extends { readonly createdAt: number; readonly id: string }>(
  rows: readonly Item[],
  limit: number,
) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? { at: last.createdAt, id: last.id } : null;
  return { items, nextCursor: presentCursor(next) };
}

/** The place of a row on the wire, or null. */
export function presentCursor(cursor: Cursor | null): string | null {
  return cursor === null ? null : `${cursor.at}.${cursor.id}`;
}

function invalidCursor(): Result<never> {
  return fail("invalid_request", "The request is not valid.", [{ path: "cursor", message: "is not valid" }]);
}
