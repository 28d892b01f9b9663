import type { Context } from "hono";
import { CONSOLE } from "../../texts/console.ts";
import type { PageHead } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";

/** Where the console is. */
export const CONSOLE_PATH = "/settings/affiliates";

/** The console's tabs, in their order; a tab is here when its page is. */
const PATHS = {
  overview: "",
  affiliates: "/affiliates",
  payouts: "/payouts",
  apps: "/apps",
  ledger: "/ledger",
  fees: "/fees",
  explain: "/explain",
  deliveries: "/deliveries",
  health: "/health",
  audit: "/audit",
} as const;

export type ConsoleTab = keyof typeof PATHS;

/** Where a page of the console is; `path` begins with a slash or is empty. */
export function consolePath(path: string): string {
  return `${CONSOLE_PATH}${path}`;
}

/** The head of a page of the console, with its tabs. */
export function consoleHead(_: Context<PageEnv>, current: ConsoleTab, head: Omit<PageHead, "within">): PageHead {
  const names = Object.keys(PATHS) as ConsoleTab[];
  const tabs = names.map((name) => ({
    href: consolePath(PATHS[name]),
    label: CONSOLE.tabs[name],
    current: name === current,
  }));
  return { ...head, within: { name: CONSOLE.name, href: CONSOLE_PATH, tabs } };
}
