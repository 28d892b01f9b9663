import type { Deps } from "../../deps.ts";
import { type ConversionFilter, findPlaceBefore, listConversions } from "../../store/conversion-list-store.ts";
import { type Cursor, END_OF_TIME, START_OF_TIME } from "../../store/cursor.ts";
import type { OwnersCommission } from "../../store/review-store.ts";

/** Conversions that one page looks through for what it is narrowed to: some milliseconds. */
const LOOKED_THROUGH = 2_000;

export interface ConversionPage {
  readonly conversions: readonly OwnersCommission[];
  /** Where the next page goes on, null at the end. Of what is rare a page may hold little and still go on. */
  readonly next: Cursor | null;
  readonly now: number;
}

/** An app's conversions, newest first, at most `limit` after a cursor, with the time their status is read at. */
export async function readConversions(
  deps: Deps,
  appId: string,
  page: ConversionFilter & { after: Cursor | null; limit: number; lookedThrough?: number },
): Promise<ConversionPage> {
  const { after, limit, lookedThrough = LOOKED_THROUGH, ...filter } = page;
  const now = deps.now();
  const before = after ?? END_OF_TIME;
  const end = await findPlaceBefore(deps.db, appId, { before, count: lookedThrough });
  const range = { before, from: end ?? START_OF_TIME, limit: limit + 1, now };
  const found = await listConversions(deps.db, appId, { ...filter, ...range });
  const conversions = found.slice(0, limit);
  const last = conversions.at(-1);
  const isCut = found.length > limit && last !== undefined;
  return { conversions, next: isCut ? { at: last.createdAt, id: last.id } : end, now };
}
