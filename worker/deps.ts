import type { ClickQueue } from "./gateways/click-queue.ts";
import type { Limits } from "./gateways/limits/limits.ts";
import type { MailGateway } from "./gateways/mail/mail.ts";
import { openFetchSite } from "./gateways/site/fetch-site.ts";
import type { SiteGateway } from "./gateways/site/site.ts";
import { openFetchWebhooks } from "./gateways/webhooks/fetch-webhooks.ts";
import type { WebhookGateway } from "./gateways/webhooks/webhooks.ts";
import { NO_FILES, type StaticFiles } from "./gateways/static-files/static-files.ts";
import { openStripe, type StripeGateway } from "./gateways/stripe/stripe.ts";
import { type BooksCheck, createBooksCheck } from "./services/books/books-check.ts";
import { createMetrics, type Metrics } from "./services/operations/metrics.ts";
import { createReadinessProbe, type ReadinessProbe } from "./services/operations/readiness.ts";
import { createKeyRing, type KeyRing } from "./services/programs/key-ring.ts";
import { type CodeBook, createCodeBook } from "./services/track/code-book.ts";
import { createSaltBox, type SaltBox } from "./services/track/salt-box.ts";
import type { Config } from "./env.ts";
import type { Runtime } from "./runtime.ts";
import type { Db } from "./store/db.ts";
import type { StoredEvent } from "./store/event-store.ts";
import { observeErrors } from "./store/observed-db.ts";
import { presentEvent } from "./wire/events.ts";

/** What the whole product runs on: wired once per process, or once per request at the edge. */
export interface Deps extends Runtime {
  readonly db: Db;
  readonly config: Config;
  readonly keys: KeyRing;
  readonly salts: SaltBox;
  readonly codes: CodeBook;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly readiness: ReadinessProbe;
  readonly books: BooksCheck;
  /** Where clicks wait to be written; null where each is written by its own request. */
  readonly clickQueue: ClickQueue | null;
  readonly stripe: StripeGateway;
  /** Looks at apps' own sites. */
  readonly site: SiteGateway;
  /** What the build wrote to be sent as it is. */
  readonly files: StaticFiles;
  /** Null where the installation has no way out for mail: what is to be sent waits. */
  readonly mail: MailGateway | null;
  /** Pages of mails that one run of the job may send: one, where the calls of a run are counted. */
  readonly mailPages: number;
  /** Sends webhooks to apps' own servers. */
  readonly webhooks: WebhookGateway;
  /** Webhooks that one run of the job may send: few, where the calls of a run are counted. */
  readonly webhookSends: number;
  /** An event as the feed lists it and a webhook brings it: the wire's words, which no service knows. */
  readonly eventBody: (event: StoredEvent) => string;
  /**
   * Hands over work that a call need not wait for: it is finished though the call is answered, and what it throws is
   * logged.
   */
  readonly afterwards: (work: Promise<unknown>) => void;
  /** One JSON line. Never an e-mail, key, token, raw IP or body. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/** What one run on Workers sends unless told: with each there are some calls of the database, and a run may make 1,000. */
const WEBHOOKS_OF_A_RUN = 50;

export function createDeps(parts: {
  db: Db;
  config: Config;
  runtime: Runtime;
  log: Deps["log"];
  limits: Limits;
  clickQueue?: ClickQueue | null;
  stripe?: StripeGateway;
  /** The platform's fetch, unless given: only Workers are safe with that. */
  site?: SiteGateway;
  /** None, unless given. */
  files?: StaticFiles;
  mail?: MailGateway | null;
  mailPages?: number;
  /** By the platform's fetch, unless given: only Workers are safe with that. */
  webhooks?: WebhookGateway;
  webhookSends?: number;
  /** Where a platform ends what a request started as soon as it is answered: keeps it until this is done. */
  waitUntil?: (work: Promise<unknown>) => void;
}): Deps {
  const { config, runtime, log, limits, waitUntil } = parts;
  const metrics = createMetrics(runtime.now);
  const db = observeErrors(parts.db, (kind) => metrics.add("agentlinks_database_errors_total", { kind }));
  const afterwards: Deps["afterwards"] = (work) => {
    const done = work.catch((error: unknown) => log({ level: "error", work: "afterwards", error: String(error) }));
    waitUntil?.(done);
  };
  return {
    ...runtime,
    db,
    config,
    log,
    limits,
    metrics,
    afterwards,
    keys: createKeyRing({ db, now: runtime.now, afterwards }),
    salts: createSaltBox({ db, ...runtime }),
    codes: createCodeBook({ db, now: runtime.now }),
    readiness: createReadinessProbe({ db, now: runtime.now }),
    books: createBooksCheck({ db, now: runtime.now }),
    clickQueue: parts.clickQueue ?? null,
    mail: parts.mail ?? null,
    mailPages: parts.mailPages ?? 1,
    webhooks: parts.webhooks ?? openFetchWebhooks({ allowLoopback: config.env === "dev" }),
    webhookSends: parts.webhookSends ?? WEBHOOKS_OF_A_RUN,
    eventBody: (event) => JSON.stringify(presentEvent(event)),
    stripe: parts.stripe ?? openStripe(config.stripe),
    site: parts.site ?? openFetchSite(),
    files: parts.files ?? NO_FILES,
  };
}
