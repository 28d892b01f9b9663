import type { Context, MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import type { Deps } from "../../../deps.ts";
import { appAccess, freshCode, signedIn } from "../../access.ts";
import type { PageHead } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";
import { appHead, appPath } from "../head.ts";

/** Where pages about an app's payouts stand: with its owner, or in the operator's console. */
export interface PayoutPlace {
  /** The pattern of the list's path; everything else is below it. */
  readonly path: string;
  /** Who may look, and act where no money goes out. Sets `app`. */
  readonly own: MiddlewareHandler<PageEnv>;
  /** Who lets money go out, or sees where it goes: after a fresh code. */
  readonly pay: MiddlewareHandler<PageEnv>;
  /** Where a page of the app is from here; `path` is the owner's, such as `/payouts/bat_1`. */
  readonly at: (appId: string, path: string) => string;
  readonly head: (c: Context<PageEnv>, head: Omit<PageHead, "within">) => PageHead;
}

/** With its owner. */
export function ownerPlace(deps: Deps): PayoutPlace {
  const own = every(signedIn(), appAccess(deps));
  return {
    path: "/apps/:appId/payouts",
    own,
    pay: every(own, freshCode(deps)),
    at: appPath,
    head: (c, head) => appHead(c, "payouts", head),
  };
}

/** On to a page of the app by GET, with what was done in the query, so that a reload sends nothing again. */
export function goOnTo(
  c: Context<PageEnv>,
  { at }: PayoutPlace,
  path: string,
  query: Readonly<Record<string, string | null>>,
): Response {
  return c.redirect(withQuery(at(c.get("app").id, path), query), 303);
}
