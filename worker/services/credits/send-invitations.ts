import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import {
  type Invitee,
  inviteesOf,
  MAX_INVITED_A_DAY,
  MAX_INVITED_AT_ONCE,
  MAX_INVITED_BY_APP_A_DAY,
} from "../../domain/friend-invitation.ts";
import { isMailAddress } from "../../domain/mail-address.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type FriendDraft,
  inviteFriends,
  type InvitedFriends,
  readInvitedFriends,
} from "../../store/friend-invitation-store.ts";
import { invitedAddress } from "./invited-address.ts";
import { readReferralCode } from "./read-referral-code.ts";

/** What became of one address: `queued`, or why not. */
export type InvitationOutcome = "queued" | "invalid" | "own" | "known" | "account_limit" | "app_limit";

export interface SentInvitations {
  /** One for each address, in the order they came. */
  readonly results: readonly { readonly email: string; readonly outcome: InvitationOutcome }[];
  /** Seconds until a limit that was met lets another one through; null where none was met. */
  readonly retryAfterS: number | null;
}

/**
 * Invites friends of an account by mail, with its link. Addresses are trimmed and lower-cased, twice the same counts once, and each
 * fails by itself. One address is mailed once by an account, ever; an account invites 20 within 24 hours, an app 1,000. A repeat mails
 * nobody again. `fromEmail` is the account's own address where the app vouches for it, which the mail then names. Whether the address
 * takes invitations is decided when the mail is sent, and not told. Fails as `readReferralCode` does, with `invalid_request` for
 * none or more than 20 addresses.
 */
export async function sendInvitations(
  deps: Deps,
  appId: string,
  { account, fromEmail, emails }: { account: string; fromEmail: string | null; emails: readonly string[] },
): Promise<Result<SentInvitations>> {
  if (emails.length === 0 || emails.length > MAX_INVITED_AT_ONCE) {
    return fail("invalid_request", `Name 1 to ${MAX_INVITED_AT_ONCE} addresses.`);
  }
  const code = await readReferralCode(deps, appId, account);
  if (!code.ok) return code;
  const invitees = inviteesOf(emails, fromEmail);
  const drafts = await draftsOf(deps, appId, invitees);
  if (drafts.length === 0) return ok(sentOf(invitees, { drafts, invited: null, now: deps.now() }));
  const now = deps.now();
  const limits = { since: now - DAY_MS, byAccount: MAX_INVITED_A_DAY, byApp: MAX_INVITED_BY_APP_A_DAY };
  const named = fromEmail !== null && isMailAddress(fromEmail) ? fromEmail : null;
  const results = await deps.db.batch(inviteFriends(appId, { account, drafts, fromEmail: named, limits, now }));
  return ok(sentOf(invitees, { drafts, invited: readInvitedFriends(results, drafts), now }));
}

function draftsOf(deps: Deps, appId: string, invitees: readonly Invitee[]): Promise<readonly FriendDraft[]> {
  const sound = invitees.filter(({ problem }) => problem === null);
  return Promise.all(
    sound.map(async ({ email }) => ({
      id: deps.newId("finv"),
      address: await invitedAddress(deps, appId, email),
      email,
    })),
  );
}

interface Batch {
  readonly drafts: readonly FriendDraft[];
  /** Null: there was nobody to invite. */
  readonly invited: InvitedFriends | null;
  readonly now: number;
}

function sentOf(invitees: readonly Invitee[], { drafts, invited, now }: Batch): SentInvitations {
  const byEmail = new Map(drafts.map((draft) => [draft.email, draft]));
  const results = invitees.map(({ email, problem }) => {
    if (problem !== null) return { email, outcome: problem };
    const draft = byEmail.get(email);
    assert(draft !== undefined && invited !== null, "who is sound was drafted");
    return { email, outcome: outcomeOf(invited, draft) };
  });
  const isFull = results.some(({ outcome }) => outcome === "account_limit" || outcome === "app_limit");
  return { results, retryAfterS: isFull && invited !== null ? secondsUntilRoom(invited, now) : null };
}

function outcomeOf({ outcomes, byAccount }: InvitedFriends, { address }: FriendDraft): InvitationOutcome {
  const outcome = outcomes.get(address) ?? "full";
  if (outcome === "known") return "known";
  if (outcome === "invited") return "queued";
  return byAccount.count >= MAX_INVITED_A_DAY ? "account_limit" : "app_limit";
}

/** A limit lets another one through when the first that counts is a day old. */
function secondsUntilRoom({ byAccount, byApp }: InvitedFriends, now: number): number {
  const full = [
    ...(byAccount.count >= MAX_INVITED_A_DAY ? [byAccount] : []),
    ...(byApp.count >= MAX_INVITED_BY_APP_A_DAY ? [byApp] : []),
  ];
  const roomAt = Math.max(...full.map(({ firstAt }) => (firstAt ?? now) + DAY_MS));
  return Math.max(1, Math.ceil((roomAt - now) / 1_000));
}
