import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import {
  addJoinAccount,
  changeJoinPolicy,
  readJoinAccounts,
  readJoinPolicy,
  removeJoinAccount,
} from "../../../services/affiliates/manage-joining.ts";
import { changeTerms } from "../../../services/programs/change-terms.ts";
import { readTerms } from "../../../services/programs/read-terms.ts";
import { updateApp } from "../../../services/programs/update-app.ts";
import type { App } from "../../../store/app-store.ts";
import type { JoinPolicy } from "../../../store/join-store.ts";
import type { ProgramTerms } from "../../../store/terms-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseAccountPage, parseJoinAccount, parseJoinPolicy, presentAccounts } from "../../../wire/join.ts";
import { parseTerms } from "../../../wire/program-terms.ts";
import { parseAppChange } from "../../../wire/programs.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Empty, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Choices, Field, Form, TextArea } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, withQuery, parsed } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import { DoneNotice, type Draft, goOn, problem, refused, RefusedNotice, statusOf, stored, wrong } from "./parts.tsx";

const { joining: WORDS } = SETUP;

/** Accounts of one page of the list. */
const PAGE = 25;

/** Which of the page's forms was refused, with what it sent. */
interface Drafts {
  readonly who?: Draft;
  readonly terms?: Draft;
  readonly account?: Draft;
}

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/joining");

/** `/apps/:appId/settings/joining`: who may become a creator, and under which terms. */
export function joiningSettings(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/settings/joining", own, (c) => show(c, {}));

  routes.post("/apps/:appId/settings/joining", own, async (c) => {
    const sent = await sentBy(c);
    const { id } = c.get("app");
    const { actor } = accessOf(c);
    const approval = parsed({ approval: sent["approval"] }, (body) => parseAppChange(body, { operator: false }));
    if (!approval.ok) return show(c, { who: refused(sent, approval.failure) });
    const policy = joinPolicy(sent);
    if (!policy.ok) return show(c, { who: refused(sent, policy.failure) });
    await changeJoinPolicy(deps, id, { actor, change: policy.value });
    await updateApp(deps, actor, id, approval.value);
    return goOn(c, pathOf(c), "saved");
  });

  routes.post("/apps/:appId/settings/joining/terms", own, async (c) => {
    const sent = await sentBy(c);
    const terms = parseTerms({ text: sent["text"] ?? "" });
    if (!terms.ok) return show(c, { terms: refused(sent, terms.failure) });
    await changeTerms(deps, c.get("app").id, { actor: accessOf(c).actor, text: terms.value.text });
    return goOn(c, pathOf(c), "terms");
  });

  for (const [action, change, done] of [
    ["add", addJoinAccount, "account_added"],
    ["remove", removeJoinAccount, "account_removed"],
  ] as const) {
    routes.post(`/apps/:appId/settings/joining/accounts/${action}`, own, async (c) => {
      const sent = await sentBy(c);
      const accountId = parseJoinAccount(sent["account_id"] ?? "");
      if (!accountId.ok) return show(c, { account: refused(sent, accountId.failure) });
      await change(deps, c.get("app").id, { actor: accessOf(c).actor, accountId: accountId.value });
      return goOn(c, pathOf(c), done);
    });
  }

  return routes;

  async function show(c: Context<PageEnv>, drafts: Drafts) {
    const app = c.get("app");
    const [policy, terms] = await Promise.all([readJoinPolicy(deps, app.id), readTerms(deps, app.id)]);
    const failure = drafts.who?.failure ?? drafts.terms?.failure ?? drafts.account?.failure ?? null;
    return page(
      c,
      settingsHead(c, "joining", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <RefusedNotice failure={failure} />
        <Card title={WORDS.link} lead={WORDS.linkLead}>
          <Copy value={`${deps.config.publicUrl}/join/${app.id}`} label={WORDS.link} />
        </Card>
        <div class="columns">
          <Who app={app} draft={drafts.who ?? stored(whoValues(app, policy))} />
          <Terms app={app} terms={terms} draft={drafts.terms ?? stored({ text: terms.text })} />
        </div>
        {policy.accounts === "listed" ? (
          <Listed app={app} draft={drafts.account ?? stored({})} list={await accountsOf(c, app)} />
        ) : null}
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }

  async function accountsOf(c: Context<PageEnv>, { id }: App) {
    const cursor = c.req.query("cursor");
    const asked = parseAccountPage(cursor === undefined ? {} : { cursor });
    const after = asked.ok ? asked.value.after : null;
    const rows = await readJoinAccounts(deps, id, { after, limit: PAGE + 1 });
    return { ...presentAccounts(rows, PAGE), isFirst: after === null };
  }
}

function whoValues({ approval }: App, { accounts, countries }: JoinPolicy): Sent {
  return { approval, accounts, countries: countries.join(", ") };
}

function joinPolicy(sent: Sent) {
  const countries = (sent["countries"] ?? "").split(/[\s,;]+/).filter((country) => country !== "");
  const policy = parsed({ accounts: sent["accounts"], countries }, parseJoinPolicy);
  const at = policy.ok ? undefined : policy.failure.fields?.find(({ path }) => path.startsWith("countries"));
  return at === undefined ? policy : wrong("countries", at.message);
}

function Who({ app, draft }: { app: App; draft: Draft }) {
  const field = (name: string) => ({ name, value: draft.values[name], problem: problem(draft, name) });
  return (
    <Card title={WORDS.who}>
      <Form action={appPath(app.id, "/settings/joining")}>
        <Choices
          {...field("approval")}
          label={WORDS.approval}
          options={[
            { value: "auto", label: WORDS.auto, hint: WORDS.autoHint },
            { value: "manual", label: WORDS.manual, hint: WORDS.manualHint },
          ]}
        />
        <Choices
          {...field("accounts")}
          label={WORDS.accounts}
          options={[
            { value: "all", label: WORDS.all },
            { value: "listed", label: WORDS.listed, hint: WORDS.listedHint },
            { value: "none", label: WORDS.none, hint: WORDS.noneHint },
          ]}
        />
        <Field {...field("countries")} label={WORDS.countries} hint={WORDS.countriesHint} />
        <div class="row">
          <Button>{COMMON.save}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Terms({ app, terms, draft }: { app: App; terms: ProgramTerms; draft: Draft }) {
  const { version, createdAt } = terms;
  const state = version === 0 || terms.text === "" ? WORDS.noTerms : WORDS.version(version);
  return (
    <Card title={WORDS.terms} lead={WORDS.termsLead} aside={<Badge>{state}</Badge>}>
      <Form action={appPath(app.id, "/settings/joining/terms")}>
        <TextArea
          name="text"
          label={WORDS.termsLabel}
          hint={WORDS.termsHint}
          value={draft.values["text"] ?? ""}
          problem={problem(draft, "text")}
          rows={12}
          maxlength={10_000}
        />
        <div class="row">
          <Button>{WORDS.saveTerms}</Button>
          {createdAt === null ? null : (
            <span class="soft small">
              <Time at={createdAt} as="date" />
            </span>
          )}
        </div>
      </Form>
    </Card>
  );
}

type Accounts = ReturnType<typeof presentAccounts> & { readonly isFirst: boolean };

function Listed({ app, draft, list }: { app: App; draft: Draft; list: Accounts }) {
  const path = appPath(app.id, "/settings/joining");
  return (
    <Card title={WORDS.list}>
      <Form action={`${path}/accounts/add`} kind="filters">
        <Field
          name="account_id"
          label={WORDS.account}
          value={draft.values["account_id"]}
          problem={problem(draft, "account_id")}
          required
          maxlength={256}
        />
        <Button kind="quiet">{WORDS.add}</Button>
      </Form>
      {list.accounts.length === 0 ? (
        <Empty title={WORDS.listEmpty}>
          <p>{WORDS.listEmptyText}</p>
        </Empty>
      ) : (
        <Table
          caption={WORDS.list}
          unseen
          rows={list.accounts}
          columns={[
            { head: WORDS.account, cell: ({ account_id }) => <code>{account_id}</code> },
            { head: WORDS.since, cell: ({ created_at }) => <Time at={created_at} as="date" /> },
            {
              head: "",
              end: true,
              cell: ({ account_id }) => (
                <Form action={`${path}/accounts/remove`} kind="row">
                  <input type="hidden" name="account_id" value={account_id} />
                  <Button kind="quiet" slim about={account_id}>
                    {WORDS.remove}
                  </Button>
                </Form>
              ),
            },
          ]}
        />
      )}
      <Pager
        older={list.next_cursor === null ? null : withQuery(path, { cursor: list.next_cursor })}
        newest={list.isFirst ? null : path}
      />
    </Card>
  );
}
