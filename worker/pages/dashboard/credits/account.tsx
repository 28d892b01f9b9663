import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import {
  readCreditStanding,
  readFriends,
  readMovements,
  readRedemptionOfFriend,
} from "../../../services/credits/read-credit-report.ts";
import type { App } from "../../../store/app-store.ts";
import type { CreditMovement, CreditStanding } from "../../../store/credit-report-store.ts";
import type { Redemption } from "../../../store/redemption-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { CREDITS } from "../../../texts/credits.ts";
import { parseJoinAccount } from "../../../wire/join.ts";
import { toPage } from "../../../wire/page.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card, Empty, Facts, Pager, Stat, Stats, Table, Time } from "../../components/data.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appHead, appPath } from "../head.ts";
import { notThere } from "../program/form-state.tsx";
import { linksOf, placeIn } from "../program/paging.ts";
import { Find } from "./list.tsx";
import { AccountLink, RedemptionTable } from "./parts.tsx";

const { owner } = CREDITS;
const words = owner.account;

/** Rows of each of the page's lists. */
const PAGE_ROWS = 25;

/** `/apps/:appId/credits/account?id=…`: what one account has, and everything that made it so, for whoever asks the owner. */
export function creditAccountPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/credits/account", signedIn(), appAccess(deps), async (c) => {
    const asked = parseJoinAccount((c.req.query("id") ?? "").trim());
    if (!asked.ok) return notThere(c);
    const [friends, moves] = [placeIn(c, { cursor: "friends", limit: PAGE_ROWS }), placeIn(c, { limit: PAGE_ROWS })];
    if (!friends.ok) return pageRefusal(c, friends.failure);
    if (!moves.ok) return pageRefusal(c, moves.failure);
    const app = c.get("app");
    const account = asked.value;
    const more = { account, limit: PAGE_ROWS + 1 };
    const [standing, cameBy, brought, moved] = await Promise.all([
      readCreditStanding(deps, app.id, account),
      readRedemptionOfFriend(deps, app.id, account),
      readFriends(deps, app.id, { ...more, after: friends.value.after }),
      readMovements(deps, app.id, { ...more, after: moves.value.after }),
    ]);
    const view = { c, app, account, standing, cameBy, brought, moved };
    return page(
      c,
      appHead(c, "credits", { title: words.title, lead: <code>{account}</code> }),
      <div class="stack">
        <p class="small">
          <a href={appPath(app.id, "/credits")}>{words.back}</a>
        </p>
        {isUnknown(view) ? <Unknown /> : <Known view={view} />}
        <Card title={owner.find}>
          <Find appId={app.id} account={account} />
        </Card>
      </div>,
    );
  });

  return routes;
}

interface AccountView {
  readonly c: Context<PageEnv>;
  readonly app: App;
  readonly account: string;
  readonly standing: CreditStanding | null;
  readonly cameBy: Redemption | null;
  readonly brought: readonly Redemption[];
  readonly moved: readonly CreditMovement[];
}

/** Everybody may bring friends where all may: that alone makes nobody known. */
function isUnknown({ standing, cameBy, brought }: AccountView): boolean {
  return (standing?.account ?? null) === null && cameBy === null && brought.length === 0;
}

function Unknown() {
  return (
    <Card>
      <Empty title={words.unknown}>
        <p>{words.unknownText}</p>
      </Empty>
    </Card>
  );
}

function Known({ view }: { view: AccountView }) {
  const { c, app, account, standing, brought, moved } = view;
  const { balance = 0, earned = 0, spent = 0 } = standing?.account ?? {};
  const friends = toPage(brought, PAGE_ROWS);
  const moves = toPage(moved, PAGE_ROWS);
  return (
    <>
      <Stats>
        <Stat
          label={words.balance}
          tone={balance < 0 ? "bad" : "good"}
          note={balance < 0 ? words.below : words.balanceNote}
        >
          {CREDITS.number(balance)}
        </Stat>
        <Stat label={words.earned} note={words.earnedNote(app.credits.cap)}>
          {CREDITS.number(earned)}
        </Stat>
        <Stat label={words.spent}>{CREDITS.number(spent)}</Stat>
      </Stats>
      <div class="columns aside">
        <Card title={words.moves}>
          {moves.items.length === 0 ? (
            <p class="soft">{words.movesNone}</p>
          ) : (
            <Moves appId={app.id} moves={moves.items} />
          )}
          <Pager {...linksOf(c, { next: moves.nextCursor })} />
        </Card>
        <About view={view} />
      </div>
      <Card title={words.friends}>
        {friends.items.length === 0 ? (
          <p class="soft">{words.friendsNone}</p>
        ) : (
          <RedemptionTable appId={app.id} rows={friends.items} of={account} />
        )}
        <Pager {...linksOf(c, { next: friends.nextCursor, cursor: "friends" })} />
      </Card>
    </>
  );
}

function About({ view: { app, account, standing, cameBy } }: { view: AccountView }) {
  const ref = standing?.account?.ref ?? null;
  return (
    <Card title={words.facts}>
      <Facts
        facts={[
          [words.id, <code>{account}</code>],
          [words.code, ref === null ? COMMON.none : <code>{ref}</code>],
          [words.may, standing?.mayRefer === true ? COMMON.yes : COMMON.no],
          [
            words.cameBy,
            cameBy === null ? (
              words.nobody
            ) : (
              <a href={appPath(app.id, `/credits/${cameBy.id}`)}>{cameBy.referrerAccount}</a>
            ),
          ],
        ]}
      />
    </Card>
  );
}

function Moves({ appId, moves }: { appId: string; moves: readonly CreditMovement[] }) {
  const { head } = owner;
  return (
    <Table
      caption={words.moves}
      unseen
      rows={moves}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.what, cell: (row) => <What appId={appId} move={row} /> },
        { head: head.amount, end: true, cell: ({ amount }) => <strong>{CREDITS.signed(amount)}</strong> },
      ]}
    />
  );
}

/** What moved credits, with the way to it. */
function What({ appId, move: { kind, cause, other, reason } }: { appId: string; move: CreditMovement }) {
  return (
    <>
      {words.said[kind]} {other === null ? <code>{cause}</code> : <AccountLink appId={appId} account={other} />}
      {reason === null ? null : <div class="soft small">{reason}</div>}
      {other === null ? null : (
        <div class="small">
          <a href={appPath(appId, `/credits/${cause}`)}>
            {owner.details}
            <span class="unseen"> {cause}</span>
          </a>
        </div>
      )}
    </>
  );
}
