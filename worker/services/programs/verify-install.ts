import type { Deps } from "../../deps.ts";
import { findInstall, type InstallFinding } from "../../domain/install-finding.ts";
import { ok, type Result } from "../../domain/result.ts";
import { belongsToSite, siteUrl } from "../../domain/site.ts";
import type { SiteAnswer } from "../../gateways/site/site.ts";
import type { App } from "../../store/app-store.ts";
import { countUnder } from "../../store/auth-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { INSTALL_VERIFIED } from "../../store/setup-store.ts";
import { integerOf } from "../../store/statement.ts";

/** Looks that an app may have in a minute: each is a request to somebody's server. */
const MAX_LOOKS = 5;
const WINDOW_MS = 60_000;
/** From a name to the page in its language is one or two. */
const MAX_REDIRECTS = 3;
/** For all of a look: an owner waits for it. */
const TIMEOUT_MS = 5_000;

/**
 * Looks at the first page of an app's site and says what is there of its tag. It asks for pages of the app's own domain alone, over
 * https, as a stranger would. Fails with `rate_limited` after 5 looks of an app in a minute.
 */
export async function verifyInstall(
  deps: Deps,
  app: Pick<App, "id" | "domain">,
  { actor }: { readonly actor: string },
): Promise<Result<InstallFinding>> {
  if (app.domain === null) return ok({ kind: "no_domain" });
  const site = siteUrl(app.domain);
  if (site === null) return ok({ kind: "not_public" });
  const waitS = await secondsToWait(deps, app.id);
  if (waitS > 0) {
    return {
      ok: false,
      failure: { code: "rate_limited", message: "The site was looked at a moment ago.", retryAfterS: waitS },
    };
  }
  const finding = await look(deps, { site, appId: app.id });
  if (finding.kind === "found" || finding.kind === "in_code") await noteVerified(deps, app.id, actor);
  return ok(finding);
}

/** For the checklist: the step is done, though nobody has clicked yet. */
async function noteVerified(deps: Deps, appId: string, actor: string): Promise<void> {
  const entry = { id: deps.newId("aud"), actor, action: INSTALL_VERIFIED, object: appId, now: deps.now() };
  await deps.db.batch([insertAudit(appId, entry)]);
}

async function look(deps: Deps, { site, appId }: { site: URL; appId: string }): Promise<InstallFinding> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let url = site;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await deps.site.get(url, signal);
    const target = redirectOf(answer, url);
    if (target === null) return findingOf(answer, { url, appId });
    if (!belongsToSite(target, site)) return { kind: "elsewhere", host: target.host };
    url = target;
  }
  return { kind: "redirects" };
}

function findingOf(answer: SiteAnswer, { url, appId }: { url: URL; appId: string }): InstallFinding {
  if (answer.kind === "failed") {
    return answer.reason === "not_public" ? { kind: "not_public" } : { kind: "unreachable", reason: answer.reason };
  }
  const { status, contentType, policies, text } = answer;
  if (status < 200 || status > 299) return { kind: "status", status };
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(contentType)) return { kind: "not_html" };
  return findInstall({ url, html: text, policies }, appId);
}

/** Where an answer sends on to; null for any other answer. */
function redirectOf(answer: SiteAnswer, from: URL): URL | null {
  if (answer.kind === "failed" || ![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const { location } = answer;
  return location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** Seconds to wait, 0 for none. Counted in the database: both doors, and every process of one, count together. */
async function secondsToWait(deps: Deps, appId: string): Promise<number> {
  const realNow = deps.realNow();
  const count = countUnder(`site:${appId}`, { id: deps.newId("lim"), realNow, windowMs: WINDOW_MS });
  const [[row] = []] = await deps.db.batch([count]);
  if (row === undefined || integerOf(row, "count") <= MAX_LOOKS) return 0;
  return Math.max(1, Math.ceil((integerOf(row, "last_request") + WINDOW_MS - realNow) / 1_000));
}
