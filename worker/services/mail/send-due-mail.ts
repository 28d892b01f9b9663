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

/** Mails that one run looks at: each is a call or two to the database and one to the way out. */
const MAX_PER_RUN = 50;
/** Mails claimed together: each may take ten seconds, and all of them are to be sent within the lease. */
const MAX_PER_CLAIM = 10;
/** How long nobody else sends what was claimed. */
export const MAIL_LEASE_MS = 180_000;
/** So many in vain after one another, and the way out is taken to be away: the others wait for the next run. */
const MAX_IN_VAIN = 3;

/** What the mails of one run share. */
interface Run {
  readonly gateway: MailGateway;
  readonly suppressed: ReadonlySet<string>;
  readonly hashOf: (address: string) => Promise<string>;
  /** Mails after one another that the way out took nothing of. */
  inVain: number;
}

/**
 * Sends the mails that are due, once each while nothing is cut short: a runner that ends between sending and writing that down leaves a
 * mail to be sent again, under the same id. What cannot be sent now is tried later, 12 times; what is refused is not. Does nothing
 * without a way out. Throws DbError when the database is away.
 */
export async function sendDueMail(deps: Deps): Promise<void> {
  if (deps.mail === null) return;
  const due = await listDueMail(deps.db, { now: deps.now(), limit: MAX_PER_RUN });
  if (due.length === 0) return;
  const keyed = await hmacUnder(deps.config.authSecret);
  const hashOf: Run["hashOf"] = (address) => addressHash(keyed, address);
  const hashes = await Promise.all(due.flatMap(({ to }) => (to === null ? [] : [hashOf(to)])));
  const run: Run = { gateway: deps.mail, suppressed: await findSuppressed(deps.db, hashes), hashOf, inVain: 0 };
  for (const { appId, ids } of claimsOf(due)) {
    await sendOfApp(deps, appId, { ids, run });
    if (run.inVain >= MAX_IN_VAIN) return;
  }
}

/** How the list of addresses that nothing is sent to knows one. */
async function addressHash(keyed: Hmac, address: string): Promise<string> {
  return keyed(`mail-suppression:${foldEmail(address)}`);
}

/** What is claimed together: of one app each. */
function claimsOf(due: readonly DueMail[]): readonly { readonly appId: string; readonly ids: readonly string[] }[] {
  const byApp = grouped(due, ({ appId }) => appId);
  return [...byApp].flatMap(([appId, mails]) => {
    const ids = mails.map(({ id }) => id);
    const pages = Math.ceil(ids.length / MAX_PER_CLAIM);
    return Array.from({ length: pages }, (_, page) => ({
      appId,
      ids: ids.slice(page * MAX_PER_CLAIM, (page + 1) * MAX_PER_CLAIM),
    }));
  });
}

async function sendOfApp(deps: Deps, appId: string, { ids, run }: { ids: readonly string[]; run: Run }) {
  const app = await findApp(deps.db, appId, deps.now());
  if (app === null) return;
  const now = deps.now();
  const lease = deps.newId("lease");
  const claimed = readClaimedMail(
    await deps.db.batch(claimMail(appId, ids, { lease, until: now + MAIL_LEASE_MS, now })),
  );
  for (const mail of claimed) {
    if (run.inVain >= MAX_IN_VAIN) {
      await deps.db.batch([putOffMail(appId, { id: mail.id, lease, nextAt: deps.now() + 60_000, wasTried: false })]);
      continue;
    }
    await sendOne(deps, app, { mail, lease, run });
  }
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
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "mail", app: app.id, mail: id, attempt, error: String(error) });
    if (error instanceof MailError && error.kind === "refused") {
      const outcome = error.isDeadAddress ? "dead_address" : "refused";
      const suppress = error.isDeadAddress && mail.to !== null ? await run.hashOf(mail.to) : null;
      const now = deps.now();
      await deps.db.batch([
        endMail(app.id, { id, lease, outcome, now }),
        ...(suppress === null ? [] : [suppressAddress(suppress, { reason: "dead_address", now })]),
      ]);
      return;
    }
    if (error instanceof MailError) run.inVain += 1;
    await putOff(deps, app.id, { id, lease, attempt });
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

async function putOff(
  deps: Deps,
  appId: string,
  { id, lease, attempt }: { id: string; lease: string; attempt: number },
): Promise<void> {
  const now = deps.now();
  const isLast = attempt >= MAX_MAIL_ATTEMPTS;
  await deps.db.batch([
    isLast
      ? endMail(appId, { id, lease, outcome: "expired", now })
      : putOffMail(appId, { id, lease, nextAt: now + mailWaitAfter(attempt), wasTried: true }),
  ]);
}
