import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { InstallFinding } from "../../../domain/install-finding.ts";
import type { Result } from "../../../domain/result.ts";
import { changeTagChoice } from "../../../services/programs/change-tag-choice.ts";
import { readTagChoice } from "../../../services/programs/read-tag-choice.ts";
import { verifyInstall } from "../../../services/programs/verify-install.ts";
import type { App } from "../../../store/app-store.ts";
import { SETUP } from "../../../texts/setup.ts";
import { COMMON } from "../../../texts/common.ts";
import { parseTagChange } from "../../../wire/program-terms.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { Card, Notice } from "../../components/data.tsx";
import { Button, Choices, Field, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { sentBy, parsed } from "../../forms.ts";
import { accessOf, appHead, appPath } from "../head.ts";
import type { Guards } from "./guards.ts";
import { DoneNotice, type Draft, goOn, problem, refused, RefusedNotice, statusOf, stored, whole } from "./parts.tsx";
import { htmlTag, nextTag, tagManagerTag, type TagParts } from "./snippets.ts";

const { tag: WORDS, install: INSTALL } = SETUP;

/** What is shown besides: a refused form, or what a look at the site found. */
interface Shown {
  readonly draft?: Draft;
  readonly looked?: Result<InstallFinding>;
}

/** `/apps/:appId/tag`: the tag to paste, what it does, and whether it is there. */
export function tagPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/tag", own, (c) => show(c));

  routes.post("/apps/:appId/tag", own, async (c) => {
    const sent = await sentBy(c);
    const body = { cookie_days: whole(sent["cookie_days"]), attribution: sent["attribution"] };
    const change = parsed(body, parseTagChange);
    if (!change.ok) return show(c, { draft: refused(sent, change.failure) });
    const { id } = c.get("app");
    await changeTagChoice(deps, id, { actor: accessOf(c).actor, change: change.value });
    return goOn(c, appPath(id, "/tag"), "tag");
  });

  // Answered at once: what was found is of this moment, and no address says it.
  routes.post("/apps/:appId/verify-install", own, async (c) =>
    show(c, { looked: await verifyInstall(deps, c.get("app"), accessOf(c)) }),
  );

  return routes;

  async function show(c: Context<PageEnv>, { draft, looked }: Shown = {}) {
    const app = c.get("app");
    const { cookieDays, attribution } = await readTagChoice(deps, app.id);
    const kept = stored({ cookie_days: String(cookieDays), attribution });
    const failure = draft?.failure ?? (looked?.ok === false ? looked.failure : null);
    return page(
      c,
      appHead(c, "overview", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <RefusedNotice failure={draft?.failure ?? null} />
        {looked === undefined ? null : <Looked looked={looked} />}
        <div class="columns aside">
          <Forms parts={{ publicUrl: deps.config.publicUrl, appId: app.id, cookieDays, attribution }} />
          <div class="stack">
            <Check app={app} />
            <Options appId={app.id} draft={draft ?? kept} />
          </div>
        </div>
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

function Forms({ parts }: { parts: TagParts }) {
  const forms = [
    { title: WORDS.html, hint: WORDS.htmlHint, tag: htmlTag(parts) },
    { title: WORDS.next, hint: WORDS.nextHint, tag: nextTag(parts) },
    { title: WORDS.gtm, hint: WORDS.gtmHint, tag: tagManagerTag(parts) },
  ];
  return (
    <div class="stack">
      {forms.map(({ title, hint, tag }) => (
        <Card title={title} lead={hint}>
          <CopyBlock value={tag} label={title} />
        </Card>
      ))}
    </div>
  );
}

function Options({ appId, draft }: { appId: string; draft: Draft }) {
  return (
    <Card title={WORDS.options} lead={WORDS.optionsLead}>
      <Form action={appPath(appId, "/tag")}>
        <Field
          name="cookie_days"
          label={WORDS.cookieDays}
          hint={WORDS.cookieDaysHint}
          affix={WORDS.days}
          inputmode="numeric"
          value={draft.values["cookie_days"]}
          problem={problem(draft, "cookie_days")}
          required
        />
        <Choices
          name="attribution"
          label={WORDS.attribution}
          value={draft.values["attribution"]}
          problem={problem(draft, "attribution")}
          options={[
            { value: "last", label: WORDS.last, hint: WORDS.lastHint },
            { value: "first", label: WORDS.first, hint: WORDS.firstHint },
          ]}
        />
        <div class="row">
          <Button>{COMMON.save}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Check({ app }: { app: App }) {
  if (app.domain === null) {
    return (
      <Card title={WORDS.check} lead={WORDS.checkNoDomain}>
        <Button kind="quiet" href={appPath(app.id, "/settings")}>
          {WORDS.setDomain}
        </Button>
      </Card>
    );
  }
  return (
    <Card title={WORDS.check} lead={WORDS.checkLead(app.domain)}>
      <Form action={appPath(app.id, "/verify-install")} kind="row">
        <Button>{WORDS.checkAction}</Button>
      </Form>
    </Card>
  );
}

function Looked({ looked }: { looked: Result<InstallFinding> }) {
  if (!looked.ok) {
    return (
      <Notice tone="wait">
        <p>{INSTALL.tooSoon(looked.failure.retryAfterS ?? 60)}</p>
      </Notice>
    );
  }
  const { kind } = looked.value;
  const tone = kind === "found" ? "good" : kind === "in_code" || kind === "no_domain" ? "wait" : "bad";
  return (
    <Notice tone={tone} title={INSTALL.titles[kind]}>
      <p>{adviceOn(looked.value)}</p>
    </Notice>
  );
}

function adviceOn(finding: InstallFinding): string {
  switch (finding.kind) {
    case "blocked":
      return INSTALL.blocked(finding.directive, finding.origin);
    case "other_app":
      return INSTALL.other_app(finding.appId);
    case "no_tag":
      return finding.tagManager ? INSTALL.no_tag_manager : INSTALL.no_tag;
    case "status":
      return INSTALL.status(finding.status);
    case "unreachable":
      return INSTALL.unreachable[finding.reason];
    case "elsewhere":
      return INSTALL.elsewhere(finding.host);
    case "found":
    case "in_code":
    case "no_app_id":
    case "not_html":
    case "redirects":
    case "not_public":
    case "no_domain":
      return INSTALL[finding.kind];
  }
}
