import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { readCreditStanding, readFriends, readMovements } from "../../services/credits/read-credit-report.ts";
import { readReferralCode } from "../../services/credits/read-referral-code.ts";
import { readReferralStats } from "../../services/credits/read-referrals.ts";
import { refreshReferralCode } from "../../services/credits/refresh-referral-code.ts";
import { CREDITS } from "../../texts/credits.ts";
import { STATUS_OF } from "../../wire/errors.ts";
import { parsePage, toPage } from "../../wire/page.ts";
import { Notice } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { type CreditsView, FriendsCard, InviteCard, LimitCard, MovesCard, ShowCard, Sums } from "./credits-view.tsx";
import { portalHead, portalPath } from "./head.ts";

/** Rows of each of the page's lists. */
const PAGE_ROWS = 25;
/** Where the reader is in them, by the name in the query. */
const LISTS = { friends: "friends", moves: "cursor" } as const;

const words = CREDITS.portal;

/** `/referrals/:appId/credits`: the code for friends, whom it brought, and every movement of the account's credits. */
export function creditPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/credits", (c) => show(c));

  routes.post("/credits/code", async (c) => {
    const account = c.get("friendAccount");
    if (account === null) return notThere(c);
    const { id } = c.get("app");
    const fresh = await refreshReferralCode(deps, id, { actor: actorOf(personOf(c)), account });
    if (!fresh.ok) return show(c, fresh.failure);
    return c.redirect(withQuery(portalPath(id, "/credits"), { done: "code" }), 303);
  });

  return routes;

  async function show(c: Context<PageEnv>, failure: Failure | null = null) {
    const account = c.get("friendAccount");
    if (account === null) return notThere(c);
    const friends = placeOf(c, LISTS.friends);
    if (!friends.ok) return pageRefusal(c, friends.failure);
    const moves = placeOf(c, LISTS.moves);
    if (!moves.ok) return pageRefusal(c, moves.failure);
    const app = c.get("app");
    // The code is made here on first need: what is read after it knows it.
    const code = await readReferralCode(deps, app.id, account);
    const [standing, stats, friendRows, moveRows] = await Promise.all([
      readCreditStanding(deps, app.id, account),
      readReferralStats(deps, app.id, account),
      readFriends(deps, app.id, { account, after: friends.value.after, limit: PAGE_ROWS + 1 }),
      readMovements(deps, app.id, { account, after: moves.value.after, limit: PAGE_ROWS + 1 }),
    ]);
    if (standing === null || !stats.ok) return notThere(c);
    if (failure !== null) c.set("failure", failure.code);
    const view: CreditsView = {
      app,
      isActive: c.get("affiliate").status === "active",
      code: code.ok ? code.value : null,
      balance: standing.account?.balance ?? 0,
      stats: stats.value,
      friends: { ...toPage(friendRows, PAGE_ROWS), links: linksOf(c, LISTS.friends, toPage(friendRows, PAGE_ROWS)) },
      moves: { ...toPage(moveRows, PAGE_ROWS), links: linksOf(c, LISTS.moves, toPage(moveRows, PAGE_ROWS)) },
    };
    const { referrerAward, refereeAward } = app.credits;
    const link = view.code?.referralUrl ?? null;
    return page(
      c,
      portalHead(c, "credits", {
        title: words.title,
        lead: standing.mayRefer ? words.lead(referrerAward, refereeAward, app.name) : undefined,
      }),
      <div class="stack">
        <Outcome c={c} failure={failure} mayRefer={standing.mayRefer} />
        <Sums view={view} />
        <div class="columns aside">
          {view.code === null ? null : <InviteCard view={view} code={view.code} />}
          <div class="stack">
            <LimitCard view={view} />
            {link === null ? null : <ShowCard link={link} />}
          </div>
        </div>
        <FriendsCard view={view} />
        <MovesCard view={view} />
      </div>,
      failure === null ? 200 : STATUS_OF[failure.code],
    );
  }
}

function Outcome({ c, failure, mayRefer }: { c: Context<PageEnv>; failure: Failure | null; mayRefer: boolean }) {
  if (!mayRefer) {
    return (
      <Notice tone="wait" title={words.closed}>
        <p>{words.closedText}</p>
      </Notice>
    );
  }
  if (failure !== null) return <Notice tone="bad">{words.notMade}</Notice>;
  return c.req.query("done") === "code" ? <Notice tone="good">{words.freshDone}</Notice> : null;
}

function placeOf(c: Context<PageEnv>, list: string) {
  const cursor = c.req.query(list);
  return parsePage(cursor === undefined || cursor === "" ? {} : { cursor });
}

/** The way on in one of the lists: the other stays where it is. */
function linksOf(c: Context<PageEnv>, list: string, { nextCursor }: { nextCursor: string | null }) {
  const { pathname, search } = new URL(c.req.url);
  const here = withQuery(`${pathname}${search}`, { done: null });
  return {
    older: nextCursor === null ? null : `${withQuery(here, { [list]: nextCursor })}#${list}`,
    newest: c.req.query(list) === undefined ? null : `${withQuery(here, { [list]: null })}#${list}`,
  };
}

function notThere(c: Context<PageEnv>) {
  return pageRefusal(c, { code: "not_found", message: "No such page." });
}
