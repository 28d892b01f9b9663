import type { Deps } from "../../deps.ts";
import {
  listAllEvents,
  type ListedEvent,
  listWaitingPayments,
  type NumberedPlace,
  type WaitingPayment,
} from "../../store/console-stripe-store.ts";
import type { Cursor } from "../../store/cursor.ts";

interface Page {
  /** Null: all of them. */
  readonly appId: string | null;
  /** Its id is the row's number. */
  readonly after: Cursor | null;
  readonly limit: number;
}

/** What Stripe told all apps, or one, newest first, at most `limit` after a cursor: for operators. */
export async function readAllEvents(deps: Deps, { appId, after, limit }: Page): Promise<readonly ListedEvent[]> {
  return listAllEvents(deps.db, { appId, before: placeOf(after) ?? END, limit });
}

/** The payments that wait to be decided, those first that are looked at soonest, at most `limit` after a cursor: for operators. */
export async function readWaitingPayments(
  deps: Deps,
  { appId, after, limit }: Page,
): Promise<readonly WaitingPayment[]> {
  return listWaitingPayments(deps.db, { appId, after: placeOf(after) ?? START, limit });
}

const START: NumberedPlace = { at: -1, seq: -1 };
const END: NumberedPlace = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

function placeOf(cursor: Cursor | null): NumberedPlace | null {
  return cursor === null ? null : { at: cursor.at, seq: Number(cursor.id) };
}
