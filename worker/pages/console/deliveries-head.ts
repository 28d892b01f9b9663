import type { Context } from "hono";
import { DELIVERIES } from "../../texts/console-deliveries.ts";
import type { PageHead } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { consoleHead, consolePath } from "./head.ts";

const PATHS = {
  mails: "/deliveries",
  webhooks: "/deliveries/webhooks",
  events: "/deliveries/stripe",
  payments: "/deliveries/payments",
} as const;

/** The head of one of the pages about what is sent, and what Stripe sent. */
export function deliveriesHead(
  c: Context<PageEnv>,
  current: keyof typeof PATHS,
  head: Omit<PageHead, "within" | "subtabs">,
): PageHead {
  const names = Object.keys(PATHS) as (keyof typeof PATHS)[];
  const subtabs = names.map((name) => ({
    href: consolePath(PATHS[name]),
    label: DELIVERIES.subtabs[name],
    current: name === current,
  }));
  return consoleHead(c, "deliveries", { ...head, subtabs });
}
