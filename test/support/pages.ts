import type { Json, World } from "./world.ts";

/** A list that has not ended by then has lost its way. */
const MAX_PAGES = 200;

/** All pages of a list, each as its rows, by following the cursors to the end. */
export async function walkPages(
  world: World,
  list: { readonly path: string; readonly items: string; readonly limit: number; readonly key: string },
): Promise<readonly (readonly Json[])[]> {
  const pages: (readonly Json[])[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=${list.limit}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const separator = list.path.includes("?") ? "&" : "?";
    const answer = await world.call(`${list.path}${separator}${query}`, undefined, { key: list.key });
    if (answer.status !== 200) throw new Error(`page ${pages.length + 1}: ${JSON.stringify(answer.body)}`);
    pages.push(answer.body[list.items]);
    cursor = answer.body.next_cursor;
  } while (cursor !== null && pages.length < MAX_PAGES);
  return pages;
}

/** How many rows each page of a list of `total` has. */
export function pageSizes(total: number, limit: number): readonly number[] {
  return Array.from({ length: Math.ceil(total / limit) }, (_, page) => Math.min(limit, total - page * limit));
}
