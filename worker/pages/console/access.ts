import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { freshCode, signedIn } from "../access.ts";
import type { PageEnv } from "../context.ts";
import { pageRefusal } from "../refusal.tsx";

/** Who gets through to a page of the console: `own` operators, `fresh` those who proved it just now. */
export interface ConsoleGuards {
  readonly own: MiddlewareHandler<PageEnv>;
  readonly fresh: MiddlewareHandler<PageEnv>;
}

export function consoleGuards(deps: Deps): ConsoleGuards {
  return {
    own: every(signedIn(), operatorOnly),
    fresh: every(signedIn(), operatorOnly, freshCode(deps)),
  };
}

/** To everybody but an operator the console is not there, and to nobody while its flag is off. */
const operatorOnly = createMiddleware<PageEnv>(async (c, next) =>
  c.get("person")?.hasConsole === true ? next() : pageRefusal(c, { code: "not_found", message: "No such page." }),
);
