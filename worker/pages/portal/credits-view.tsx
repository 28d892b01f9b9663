import { shortAccount } from "../../domain/short-account.ts";
import type { ReferralCode } from "../../services/credits/read-referral-code.ts";
import type { ReferralStats } from "../../services/credits/read-referrals.ts";
import type { App } from "../../store/app-store.ts";
import type { CreditMovement } from "../../store/credit-report-store.ts";
import type { Redemption } from "../../store/redemption-store.ts";
import { CREDITS } from "../../texts/credits.ts";
import { Copy } from "../components/copy.tsx";
import { CreditState, stateOf } from "../components/credits.tsx";
import { Card, Empty, Pager, Stat, Stats, Table, Time } from "../components/data.tsx";
import { Button, Form } from "../components/form.tsx";
import { Qr } from "../components/qr.tsx";
import { portalPath } from "./head.ts";

const words = CREDITS.portal;

/** One of the lists: its rows, and the links to more of it. */
interface Listed<Row> {
  readonly items: readonly Row[];
  readonly links: { readonly older: string | null; readonly newest: string | null };
}

export interface CreditsView {
  readonly app: App;
  /** Whether the creator earns money too. */
  readonly isActive: boolean;
  /** Null where the account may not bring friends. */
  readonly code: ReferralCode | null;
  readonly balance: number;
  readonly stats: ReferralStats;
  readonly friends: Listed<Redemption>;
  readonly moves: Listed<CreditMovement>;
}

/** What is theirs, and what it came from. */
export function Sums({ view: { app, balance, stats } }: { view: CreditsView }) {
  return (
    <Stats>
      <Stat
        label={words.balance}
        tone={balance < 0 ? "bad" : "good"}
        note={balance < 0 ? words.below : words.balanceNote(app.name)}
      >
        {CREDITS.number(balance)}
      </Stat>
      <Stat label={words.earned} note={words.earnedNote(stats.maxEarnableCredits)}>
        {CREDITS.number(stats.totalCreditsEarned)}
      </Stat>
      <Stat label={words.friends} note={words.friendsNote(stats.successfulReferrals)}>
        {CREDITS.number(stats.totalReferrals)}
      </Stat>
    </Stats>
  );
}

/** The code and link for friends, and how to get others. */
export function InviteCard({ view: { app, isActive }, code }: { view: CreditsView; code: ReferralCode }) {
  const { referralCode, referralUrl } = code;
  return (
    <Card title={words.share} lead={words.when[app.credits.qualifyingEvent]}>
      <div class="stack close">
        <Copy value={referralUrl} label={words.link} />
        <Copy value={referralCode} label={words.code} />
        {isActive ? <p class="soft small">{words.both}</p> : null}
        <details>
          <summary>{words.fresh}</summary>
          <div class="stack close">
            <p>{words.freshText}</p>
            <Form action={portalPath(app.id, "/credits/code")} kind="row">
              <Button kind="danger">{words.freshDo}</Button>
            </Form>
          </div>
        </details>
      </div>
    </Card>
  );
}

/** The link for somebody who stands beside them. */
export function ShowCard({ link }: { link: string }) {
  return (
    <Card title={words.show}>
      <Qr text={link} label={words.qr(link)} />
    </Card>
  );
}

/** How far they are to what the program gives at most. */
export function LimitCard({ view: { app, stats } }: { view: CreditsView }) {
  const {
    totalCreditsEarned: earned,
    maxEarnableCredits: cap,
    hasReachedLimit,
    remainingEarnableCredits: left,
  } = stats;
  const keepsBonus = app.credits.bonusWhenCapped && app.credits.refereeAward > 0;
  return (
    <Card title={words.limit}>
      <div class="stack close">
        <Progress earned={earned} cap={cap} />
        <p>{hasReachedLimit ? words.limitReached : words.limitLeft(left)}</p>
        {hasReachedLimit && keepsBonus ? <p class="soft">{words.limitBonus}</p> : null}
      </div>
    </Card>
  );
}

/** A cap that was lowered may be passed: more than all of it is all of it. */
export function Progress({ earned, cap }: { earned: number; cap: number }) {
  const said = words.limitSaid(earned, cap);
  return (
    <div>
      <progress value={Math.min(earned, cap)} max={Math.max(cap, 1)} aria-label={said}>
        {said}
      </progress>
      <p class="soft small">{said}</p>
    </div>
  );
}

export function FriendsCard({ view: { friends } }: { view: CreditsView }) {
  return (
    <Card title={words.list} lead={words.listLead} id="friends">
      {friends.items.length === 0 ? (
        <Empty title={words.listEmpty}>
          <p>{words.listEmptyText}</p>
        </Empty>
      ) : (
        <Table
          caption={words.list}
          unseen
          rows={friends.items}
          columns={[
            { head: words.friend, cell: ({ referredAccount }) => <code>{shortAccount(referredAccount)}</code> },
            { head: words.since, cell: ({ createdAt }) => <Time at={createdAt} as="date" /> },
            { head: words.status, cell: (row) => <FriendState friend={row} /> },
            {
              head: words.youGot,
              end: true,
              cell: ({ status, referrerAward }) => CREDITS.number(status === "revoked" ? 0 : referrerAward),
            },
          ]}
        />
      )}
      <Pager {...friends.links} />
    </Card>
  );
}

function FriendState({ friend }: { friend: Redemption }) {
  const hint = words.stateHints[stateOf(friend)];
  return (
    <>
      <CreditState redemption={friend} />
      {hint === "" ? null : <div class="soft small">{hint}</div>}
    </>
  );
}

export function MovesCard({ view: { moves } }: { view: CreditsView }) {
  return (
    <Card title={words.moves} lead={words.movesLead} id="cursor">
      {moves.items.length === 0 ? (
        <Empty title={words.movesEmpty}>
          <p>{words.movesEmptyText}</p>
        </Empty>
      ) : (
        <Table
          caption={words.moves}
          unseen
          rows={moves.items}
          columns={[
            { head: words.date, cell: ({ createdAt }) => <Time at={createdAt} /> },
            { head: words.what, cell: (row) => saidOf(row) },
            { head: words.amount, end: true, cell: ({ amount }) => <strong>{CREDITS.signed(amount)}</strong> },
          ]}
        />
      )}
      <Pager {...moves.links} />
    </Card>
  );
}

function saidOf({ kind, cause, other }: CreditMovement): string {
  return words.said[kind](kind === "spend" ? cause : shortAccount(other ?? ""));
}
