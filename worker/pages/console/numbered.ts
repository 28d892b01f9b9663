import type { Context } from "hono";
import { ok, type Result } from "../../domain/result.ts";
import { parseNumberedPage, toPage } from "../../wire/page.ts";
import type { PageEnv } from "../context.ts";
import type { Place } from "../dashboard/program/paging.ts";

/** Lines of a list on a page. */
const LIMIT = 50;

/** Where the reader is in a list whose rows are numbered. Fails with `invalid_request`. */
export function numberedPlaceIn(c: Context<PageEnv>): Result<Place> {
  const cursor = c.req.query("cursor");
  const parsed = parseNumberedPage(cursor === undefined || cursor === "" ? {} : { cursor });
  return parsed.ok ? ok({ limit: LIMIT, after: parsed.value.after }) : parsed;
}

/** A page of numbered rows, and the cursor of the next. `at`: what the list is ordered by before the number. */
export function numberedPage<Row extends { readonly seq: number }>(
  rows: readonly Row[],
  { limit, at }: { limit: number; at: (row: Row) => number },
) {
  const { items, nextCursor } = toPage(
    rows.map((row) => ({ row, id: String(row.seq), createdAt: at(row) })),
    limit,
  );
  return { items: items.map(({ row }) => row), nextCursor };
}
