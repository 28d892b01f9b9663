import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { findStory, type Wanted } from "../../services/explain/find-story.ts";
import { COMMON } from "../../texts/common.ts";
import { EXPLAIN } from "../../texts/explain.ts";
import { STORIES } from "../../texts/stories.ts";
import { refuseHostile } from "../../wire/body.ts";
import { Card } from "../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { queryOf } from "../dashboard/program/paging.ts";
import { withQuery } from "../forms.ts";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";

const words = STORIES.console;

const SUBJECTS = ["user", "ref", "conversion", "payment", "account"] as const satisfies readonly Wanted["subject"][];

interface Asked {
  readonly appId: string;
  readonly subject: string;
  readonly id: string;
}

/** `/settings/affiliates/explain`: finds the app that a question is about, and leads to the page that answers it. */
export function consoleExplainPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(consolePath("/explain"), own, async (c) => {
    const given = queryOf(c, ["app_id", "subject", "id"]);
    const asked: Asked = {
      appId: given["app_id"] ?? "",
      subject: given["subject"] ?? "conversion",
      id: given["id"] ?? "",
    };
    const subject = SUBJECTS.find((one) => one === asked.subject);
    if (given["subject"] === undefined || subject === undefined) return show(c, asked, {});
    if (asked.id === "") return show(c, asked, { id: words.empty });
    const appId = asked.appId === "" ? null : asked.appId;
    const isPlain = refuseHostile({ id: asked.id, appId }).ok;
    const found = isPlain ? await findStory(deps, { subject, id: asked.id, appId }) : "unknown";
    if (found === "no_app") return show(c, asked, { app_id: words.noApp });
    if (found === "app_needed") return show(c, asked, { app_id: words.appNeeded });
    if (found === "unknown") return show(c, asked, { id: words.nothing });
    const answer =
      subject === "conversion"
        ? appPath(found.appId, `/conversions/${found.id}`)
        : withQuery(appPath(found.appId, "/activity/explain"), { subject, id: found.id });
    return c.redirect(answer, 303);
  });

  return routes;
}

function show(
  c: Context<PageEnv>,
  asked: Asked,
  problems: { readonly app_id?: string; readonly id?: string },
): Response | Promise<Response> {
  const isAsked = Object.keys(problems).length > 0;
  return page(
    c,
    consoleHead(c, "explain", { title: words.title, lead: words.lead, shape: "text" }),
    <Card>
      <FilterForm action={consolePath("/explain")} label={EXPLAIN.form} kind="stack">
        <Select
          name="subject"
          label={EXPLAIN.what}
          value={asked.subject}
          options={SUBJECTS.map((value) => ({ value, label: EXPLAIN.subjects[value] }))}
        />
        <Field
          name="id"
          label={EXPLAIN.which}
          hint={EXPLAIN.whichHint}
          value={asked.id}
          problem={said(problems.id)}
          maxlength={256}
        />
        <Field
          name="app_id"
          label={words.app}
          hint={words.appHint}
          value={asked.appId}
          problem={said(problems.app_id)}
          maxlength={80}
        />
        <div class="row">
          <Button>{words.ask}</Button>
        </div>
      </FilterForm>
    </Card>,
    isAsked ? 404 : 200,
  );
}

function said(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : COMMON.it(problem);
}
