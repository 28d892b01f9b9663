import type { Context } from "hono";
import { CONSOLE_PAYOUTS } from "../../texts/console-payouts.ts";
import type { PageHead } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { consoleHead, consolePath } from "./head.ts";

const PATHS = { batches: "/payouts", payouts: "/payouts/all", make: "/payouts/new" } as const;

/** The head of one of the pages about the payouts of all apps. */
export function payoutsHead(
  c: Context<PageEnv>,
  current: keyof typeof PATHS,
  head: Omit<PageHead, "within" | "subtabs">,
): PageHead {
  const names = Object.keys(PATHS) as (keyof typeof PATHS)[];
  const subtabs = names.map((name) => ({
    href: consolePath(PATHS[name]),
    label: CONSOLE_PAYOUTS.subtabs[name],
    current: name === current,
  }));
  return consoleHead(c, "payouts", { ...head, subtabs });
}

/** Where the pages of an app's payouts are in the console; `path` is the owner's, such as `/payouts/bat_1`. */
export function payoutPath(appId: string, path: string): string {
  return consolePath(path.replace(/^\/payouts/, `/payouts/${appId}`));
}
