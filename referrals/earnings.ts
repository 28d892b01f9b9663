import type { Stats } from "./api.ts";
import type { Context } from "./context.ts";
import { el, figure } from "./dom.ts";

/** How many came, what they brought, and how far it is to the cap. */
export function earnings({ say }: Context, stats: Stats): HTMLElement {
  const { total_credits_earned: earned, max_earnable_credits: max, has_reached_limit: isLimit } = stats;
  const text = say(isLimit ? "limit" : "progress", { n: earned, max });
  return el(
    "div",
    { className: "earnings" },
    el(
      "dl",
      {},
      figure(say("referrals"), say("{n}", { n: stats.total_referrals })),
      figure(say("earned"), say("{n}", { n: earned })),
    ),
    // A program whose cap is zero has no progress to show.
    max > 0 && el("progress", { max, value: max - stats.remaining_earnable_credits, ariaLabel: text }),
    el("p", { className: "soft" }, text),
  );
}
