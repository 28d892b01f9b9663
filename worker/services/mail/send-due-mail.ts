import type { Deps } from "../../deps.ts";
import { foldEmail } from "../../domain/email.ts";
import { grouped } from "../../domain/grouping.ts";
import type { MailOutcome } from "../../domain/mail-template.ts";
import { MAX_MAIL_AGE_MS, MAX_MAIL_ATTEMPTS, mailWaitAfter } from "../../domain/mail-timing.ts";
import { MailError, type MailGateway } from "../../gateways/mail/mail.ts";
import { type App, findApp } from "../../store/app-store.ts";
import { DbError } from "../../store/db.ts";
import { findSuppressed, suppressAddress } from "../../store/mail-store.ts";
import {
  claimMail,
  type ClaimedMail,
  type DueMail,
  endMail,
  listDueMail,
  putOffMail,
  readClaimedMail,
} from "../../store/outbox-store.ts";
import { type Hmac, hmacUnder } from "../hashing.ts";
import { composeMail } from "./compose-mail.ts";

/** Mails that are looked up together. */
const PAGE = 50;
/** How long a run goes on: the next one is a minute away. */
const RUN_MS = 40_000;
/** Mails claimed together. */
const MAX_PER_CLAIM = 10;
/** How long nobody else sends what was claimed: a run is over long before, with the 20 seconds of its last mail. */
export const MAIL_LEASE_MS = 180_000;
/** So many in vain after one another, and the way out is taken to be away: the others wait for the next run. */
const MAX_IN_VAIN = 3;

/** What the mails of one run share. */
interface Run {
  readonly gateway: MailGateway;
  readonly hashOf: (address: string) => Promise<string>;
  readonly endsAt: number;
  suppressed: ReadonlySet<string>;
  /** Mails after one another that the way out took nothing of. */
  inVain: number;
  /** Mails that it refused since it took one. */
  refused: Refused[];
}

interface Refused {
  readonly appId: string;
  readonly mail: ClaimedMail;
  readonly lease: string;
  readonly isDeadAddress: boolean;
}

/**
 * Sends the mails that are due, digests last, once each while nothing is cut short: a runner that ends between sending and writing that
 * down leaves a mail to be sent again, under the same id. What cannot be sent now is tried later, 12 times; what is refused is not,
 * unless nothing but refusals comes. A run ends after 40 seconds, or `deps.mailPages` of 50. Does nothing without a way out. Throws
 * DbError when the database is away.
 */
export async function sendDueMail(deps: Deps): Promise<void> {
  if (deps.mail === null) return;
  const keyed = await hmacUnder(deps.config.authSecret);
  const run: Run = {
    gateway: deps.mail,
    hashOf: (address) => addressHash(keyed, address),
    endsAt: deps.now() + RUN_MS,
    suppressed: new Set(),
    inVain: 0,
    refused: [],
  };
  for (let page = 0; page < deps.mailPages; page++) {
    if (!(await sendPage(deps, run))) break;
  }
  if (run.refused.length < MAX_IN_VAIN) return endRefused(deps, run);
  for (const { appId, mail, lease } of run.refused) await putOff(deps, appId, { mail, lease });
}

/** Whether there may be more to send. */
async function sendPage(deps: Deps, run: Run): Promise<boolean> {
  const due = await listDueMail(deps.db, { now: deps.now(), limit: PAGE });
  const hashes = await Promise.all(due.flatMap(({ to }) => (to === null ? [] : [run.hashOf(to)])));
  run.suppressed = await findSuppressed(deps.db, hashes);
  let claimed = 0;
  for (const { appId, ids } of claimsOf(due)) {
    claimed += await sendOfApp(deps, appId, { ids, run });
    if (isOver(deps, run)) return false;
  }
  return due.length === PAGE && claimed > 0;
}

/**
 * Whether its time is up, or more would be lost or in vain: a way out that refuses all is wrong itself. Friends' addresses say nothing
 * of that, for whoever invites may make them up.
 */
function isOver(deps: Deps, { endsAt, inVain, refused }: Run): boolean {
  const telling = refused.filter(({ mail }) => mail.template !== "friend_invitation");
  return deps.now() >= endsAt || inVain >= MAX_IN_VAIN || telling.length >= MAX_IN_VAIN;
}

/** How the list of addresses that nothing is sent to knows one. */
async function addressHash(keyed: Hmac, address: string): Promise<string> {
  return keyed(`mail-suppression:${foldEmail(address)}`);
}

/** What is claimed together: of one app each, and no digest with what is none. */
function claimsOf(due: readonly DueMail[]): readonly { readonly appId: string; readonly ids: readonly string[] }[] {
  const byApp = grouped(due, ({ appId, isDigest }) => `${isDigest ? 1 : 0} ${appId}`);
  return [...byApp.values()].flatMap((mails) => {
    const appId = mails[0]?.appId ?? "";
    const ids = mails.map(({ id }) => id);
    const pages = Math.ceil(ids.length / MAX_PER_CLAIM);
    return Array.from({ length: pages }, (_, page) => ({
      appId,
      ids: ids.slice(page * MAX_PER_CLAIM, (page + 1) * MAX_PER_CLAIM),
    }));
  });
}

/** How many it claimed. */
async function sendOfApp(
  deps: Deps,
  appId: string,
  { ids, run }: { ids: readonly string[]; run: Run },
): Promise<number> {
  const app = await findApp(deps.db, appId, deps.now());
  if (app === null) return 0;
  const now = deps.now();
  const lease = deps.newId("lease");
  const claimed = readClaimedMail(
    await deps.db.batch(claimMail(appId, ids, { lease, until: now + MAIL_LEASE_MS, now })),
  );
  for (const mail of claimed) {
    if (isOver(deps, run)) {
      await deps.db.batch([putOffMail(appId, { id: mail.id, lease, nextAt: deps.now() + 60_000, wasTried: false })]);
      continue;
    }
    await sendOne(deps, app, { mail, lease, run });
  }
  return claimed.length;
}

async function sendOne(
  deps: Deps,
  app: App,
  { mail, lease, run }: { mail: ClaimedMail; lease: string; run: Run },
): Promise<void> {
  const { id, attempt } = mail;
  try {
    const outcome = await outcomeOf(deps, app, { mail, run });
    await deps.db.batch([endMail(app.id, { id, lease, outcome, now: deps.now() })]);
    if (outcome === "sent") await endRefused(deps, run);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "mail", app: app.id, mail: id, attempt, error: String(error) });
    if (error instanceof MailError) run.inVain = error.isOfMail ? 0 : run.inVain + 1;
    if (error instanceof MailError && error.kind === "refused") {
      run.refused.push({ appId: app.id, mail, lease, isDeadAddress: error.isDeadAddress });
      return;
    }
    await putOff(deps, app.id, { mail, lease });
  }
}

/** The way out takes mails, or refused few: what it refused, it refused for good. */
async function endRefused(deps: Deps, run: Run): Promise<void> {
  const now = deps.now();
  for (const { appId, mail, lease, isDeadAddress } of run.refused.splice(0)) {
    const outcome = isDeadAddress ? "dead_address" : "refused";
    const suppress = isDeadAddress && mail.to !== null ? await run.hashOf(mail.to) : null;
    await deps.db.batch([
      endMail(appId, { id: mail.id, lease, outcome, now }),
      ...(suppress === null ? [] : [suppressAddress(suppress, { reason: "dead_address", now })]),
    ]);
  }
}

/** Sends a mail, or says why not. */
async function outcomeOf(deps: Deps, app: App, { mail, run }: { mail: ClaimedMail; run: Run }): Promise<MailOutcome> {
  const { to, createdAt, id } = mail;
  if (to === null) return "unreadable";
  if (createdAt < deps.now() - MAX_MAIL_AGE_MS) return "expired";
  if (mail.isSwitchedOff) return "switched_off";
  if (mail.isOptedOut) return "opted_out";
  if (run.suppressed.has(await run.hashOf(to))) return "suppressed";
  const composed = await composeMail(deps, app, mail);
  if (typeof composed === "string") return composed;
  await run.gateway.send({ to, ...composed, id: `${app.id}.${id}` });
  run.inVain = 0;
  return "sent";
}

async function putOff(deps: Deps, appId: string, { mail, lease }: { mail: ClaimedMail; lease: string }): Promise<void> {
  const { id, attempt } = mail;
  const now = deps.now();
  const isLast = attempt >= MAX_MAIL_ATTEMPTS;
  await deps.db.batch([
    isLast
      ? endMail(appId, { id, lease, outcome: "expired", now })
      : putOffMail(appId, { id, lease, nextAt: now + mailWaitAfter(attempt), wasTried: true }),
  ]);
}
