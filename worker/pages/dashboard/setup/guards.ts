import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import type { Deps } from "../../../deps.ts";
import { appAccess, freshCode, signedIn } from "../../access.ts";
import type { PageEnv } from "../../context.ts";

/** Who gets through to a page of an app: `own` its owners and operators, `fresh` those who proved it just now. */
export interface Guards {
  readonly own: MiddlewareHandler<PageEnv>;
  readonly fresh: MiddlewareHandler<PageEnv>;
}

export function guardsOf(deps: Deps): Guards {
  return {
    own: every(signedIn(), appAccess(deps)),
    fresh: every(signedIn(), appAccess(deps), freshCode(deps)),
  };
}
