import { createApp } from "../../worker/app.ts";
import { createDeps, type Deps } from "../../worker/deps.ts";
import type { Config } from "../../worker/env.ts";
import { type Limits, NO_LIMITS } from "../../worker/gateways/limits/limits.ts";
import type { MailGateway } from "../../worker/gateways/mail/mail.ts";
import type { SiteGateway } from "../../worker/gateways/site/site.ts";
import { openFetchWebhooks } from "../../worker/gateways/webhooks/fetch-webhooks.ts";
import type { WebhookGateway } from "../../worker/gateways/webhooks/webhooks.ts";
import { NO_FILES, type StaticFiles } from "../../worker/gateways/static-files/static-files.ts";
import { systemRuntime } from "../../worker/runtime.ts";
import type { Db } from "../../worker/store/db.ts";

export interface TestAppParts {
  readonly db: Db;
  readonly config: Config;
  readonly now: () => number;
  readonly log?: Deps["log"] | undefined;
  readonly limits?: Limits | undefined;
  readonly mail?: MailGateway | null | undefined;
  readonly site?: SiteGateway | undefined;
  readonly webhooks?: WebhookGateway | undefined;
  readonly files?: StaticFiles;
  /** The path of a page that this door has beside the product. */
  readonly page?: string | undefined;
}

/** No test asks the network. Webhooks reach this machine alone, in worlds of `ENV=dev`. */
const NO_SITE: SiteGateway = { get: async () => ({ kind: "failed", reason: "name" }) };

const NO_WEBHOOKS: WebhookGateway = { send: async () => ({ kind: "failed", reason: "name" }) };

/** The whole product as tests run it, in their own process or in workerd: `request` is answered when all it left is done. */
export function createTestApp({
  db,
  config,
  now,
  log = () => {},
  limits = NO_LIMITS,
  mail = null,
  site = NO_SITE,
  webhooks = config.env === "dev" ? openFetchWebhooks({ allowLoopback: true }) : NO_WEBHOOKS,
  files = NO_FILES,
  page,
}: TestAppParts): {
  readonly deps: Deps;
  readonly request: (input: Request | string, init?: RequestInit) => Promise<Response>;
} {
  const left: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>) => void left.push(work);
  const runtime = { ...systemRuntime, now };
  const deps = createDeps({ db, config, runtime, log, limits, mail, site, webhooks, files, waitUntil });
  const app = createApp(deps, {
    visitor: {
      ipOf: (c) => c.req.header("X-Test-IP") ?? "192.0.2.1",
      countryOf: (c) => c.req.header("X-Test-Country") ?? null,
    },
    extra: (added) => void (page !== undefined && added.get(page, (c) => c.text("a page of one door"))),
  });
  return {
    deps,
    async request(input, init) {
      const response = await app.request(input, init);
      // What a call leaves for afterwards is done before a test looks.
      await Promise.all(left.splice(0));
      return response;
    },
  };
}
