import type { Entry } from "./api.ts";
import type { Context } from "./context.ts";
import { button, el, heading, problem } from "./dom.ts";

const PAGE = 10;

/** The first page of the history, with one more entry that only tells whether there is a next page. */
export function historyPath(offset: number): string {
  return `referrals/history?limit=${PAGE + 1}&offset=${offset}`;
}

/** Who came, the newest first, and a button for more. */
export function history(context: Context, first: readonly Entry[]): HTMLElement {
  const { call, say, level, fail } = context;
  const place = problem();
  const list = el("ul");
  // Of an account there is one entry ever: what comes in between two pages is shown once.
  const shown = new Set<string>();

  const show = (entries: readonly Entry[]): HTMLElement | undefined => {
    const rows = entries
      .slice(0, PAGE)
      .filter(({ referred_account_id: id }) => !shown.has(id) && shown.add(id))
      .map((entry) => row(context, entry));
    list.append(...rows);
    more.hidden = entries.length <= PAGE;
    return rows[0];
  };

  let offset = 0;
  const more = button(say("more"), async () => {
    try {
      const added = show(await call(historyPath(offset + PAGE)));
      offset += PAGE;
      place.textContent = "";
      // The button may be gone: whoever pressed it goes on with what it brought.
      added?.focus();
    } catch (error) {
      fail(error, place);
    }
  });

  show(first);
  return el(
    "div",
    { className: "history" },
    heading(level, say("history")),
    first.length > 0 ? list : el("p", { className: "soft" }, say("none")),
    more,
    place,
  );
}

function row({ say, lang, friendName }: Context, entry: Entry): HTMLElement {
  const { referred_account_id: id, referred_at: at, status, credits_awarded: n } = entry;
  return el(
    "li",
    { tabIndex: -1, className: n > 0 ? "good" : "" },
    el("span", { className: "name" }, friendName(id)),
    el("time", { dateTime: at }, new Date(at).toLocaleDateString(lang, { dateStyle: "medium" })),
    el("span", {}, n > 0 ? say("credits", { n }) : say(status == "pending" ? "pending" : "noCredits")),
  );
}
