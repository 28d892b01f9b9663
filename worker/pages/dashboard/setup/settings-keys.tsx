import { type Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import type { Deps } from "../../../deps.ts";
import { startOfDay } from "../../../domain/maturation.ts";
import type { Result } from "../../../domain/result.ts";
import { takeOnce } from "../../../services/accounts/take-once.ts";
import { createKey } from "../../../services/programs/create-key.ts";
import type { IssuedKey } from "../../../services/programs/issue-key.ts";
import { readKey } from "../../../services/programs/read-key.ts";
import { readKeys } from "../../../services/programs/read-keys.ts";
import { revokeKey } from "../../../services/programs/revoke-key.ts";
import { rollKey } from "../../../services/programs/roll-key.ts";
import type { ApiKey } from "../../../store/key-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseNewKey, parseRoll } from "../../../wire/keys.ts";
import { parsePage, toPage } from "../../../wire/page.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Notice, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Choice, Field, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { type Sent, sentBy, withQuery, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import {
  DoneNotice,
  type Draft,
  goOn,
  Once,
  problem,
  refused,
  RefusedNotice,
  statusOf,
  stored,
  whole,
} from "./parts.tsx";

const { keys: WORDS } = SETUP;

/** Keys of one page of the list; an app has 50 live ones at most, and keeps those that have ended. */
const PAGE = 50;
/** In the order in which they are told. */
const SCOPES = ["track", "read", "manage", "payouts"] as const;
const DEFAULT_OVERLAP_HOURS = "24";

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/keys");

/** `/apps/:appId/settings/keys`: the secret keys, each shown once, when it is made. */
export function keySettings(deps: Deps, { own, fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const PATH = "/apps/:appId/settings/keys";

  routes.get(PATH, own, async (c) => {
    const asked = parsePage({ cursor: c.req.query("cursor") });
    const after = asked.ok ? asked.value.after : null;
    const rows = await readKeys(deps, c.get("app").id, { after, limit: PAGE + 1 });
    const { items, nextCursor } = toPage(rows, PAGE);
    const path = pathOf(c);
    return page(
      c,
      settingsHead(c, "keys", {
        title: WORDS.title,
        lead: WORDS.lead,
        actions: <Button href={`${path}/new`}>{WORDS.make}</Button>,
      }),
      <div class="stack">
        <DoneNotice c={c} />
        <Card>
          <Keys keys={items} path={path} now={deps.now()} />
          <Pager
            older={nextCursor === null ? null : withQuery(path, { cursor: nextCursor })}
            newest={after === null ? null : path}
          />
        </Card>
      </div>,
    );
  });

  routes.get(`${PATH}/new`, fresh, (c) => askNew(c, stored({ scope_track: "1" })));

  routes.post(`${PATH}/new`, fresh, async (c) => {
    const sent = await sentBy(c);
    const draft = parsed(keyBody(sent), parseNewKey);
    if (!draft.ok) return askNew(c, refused(sent, draft.failure));
    if (!(await takeOnce(deps, personOf(c), sent["once"] ?? ""))) return goOn(c, pathOf(c), "once");
    const issued = await createKey(deps, c.get("app").id, { by: accessOf(c), draft: draft.value });
    return issued.ok ? shown(c, issued.value) : askNew(c, refused(sent, issued.failure));
  });

  routes.get(`${PATH}/:keyId/roll`, fresh, (c) => askRoll(c, stored({ overlap_hours: DEFAULT_OVERLAP_HOURS })));

  routes.post(`${PATH}/:keyId/roll`, fresh, async (c) => {
    const sent = await sentBy(c);
    const roll = parsed({ overlap_hours: whole(sent["overlap_hours"]) }, parseRoll);
    if (!roll.ok) return askRoll(c, refused(sent, roll.failure));
    if (!(await takeOnce(deps, personOf(c), sent["once"] ?? ""))) return goOn(c, pathOf(c), "once");
    const asked = { by: accessOf(c), keyId: keyIdOf(c), ...roll.value };
    return shownOr(c, await rollKey(deps, c.get("app").id, asked));
  });

  routes.get(`${PATH}/:keyId/revoke`, fresh, async (c) => {
    const key = await keyOf(c);
    if (key === null) return pageRefusal(c, NO_KEY);
    return page(
      c,
      settingsHead(c, "keys", { title: WORDS.revokeTitle(key.name), lead: WORDS.revokeText, shape: "text" }),
      <Card danger>
        <Form action={`${pathOf(c)}/${key.id}/revoke`} kind="row">
          <Button kind="danger">{WORDS.revokeAction}</Button>
          <Button kind="quiet" href={pathOf(c)}>
            {COMMON.cancel}
          </Button>
        </Form>
      </Card>,
    );
  });

  routes.post(`${PATH}/:keyId/revoke`, fresh, async (c) => {
    const revoked = await revokeKey(deps, c.get("app").id, { by: accessOf(c), keyId: keyIdOf(c) });
    return revoked.ok ? goOn(c, pathOf(c), "revoked") : pageRefusal(c, revoked.failure);
  });

  return routes;

  function keyOf(c: Context<PageEnv>): Promise<ApiKey | null> {
    return readKey(deps, c.get("app").id, keyIdOf(c));
  }

  function askNew(c: Context<PageEnv>, draft: Draft) {
    const { failure } = draft;
    return page(
      c,
      settingsHead(c, "keys", { title: WORDS.newTitle, lead: WORDS.newLead, shape: "text" }),
      <div class="stack">
        <RefusedNotice failure={failure} />
        <NewKey draft={draft} path={pathOf(c)} once={deps.newId("once")} />
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }

  async function askRoll(c: Context<PageEnv>, draft: Draft) {
    const key = await keyOf(c);
    if (key === null) return pageRefusal(c, NO_KEY);
    const { failure } = draft;
    return page(
      c,
      settingsHead(c, "keys", { title: WORDS.rollTitle(key.name), lead: WORDS.rollLead, shape: "text" }),
      <div class="stack">
        <RefusedNotice failure={failure} />
        <Card>
          <Form action={`${pathOf(c)}/${key.id}/roll`}>
            <Once token={deps.newId("once")} />
            <Field
              name="overlap_hours"
              label={WORDS.overlap}
              hint={WORDS.overlapHint}
              affix={WORDS.hours}
              inputmode="numeric"
              value={draft.values["overlap_hours"]}
              problem={problem(draft, "overlap_hours")}
              required
            />
            <div class="row">
              <Button>{WORDS.rollAction}</Button>
              <Button kind="quiet" href={pathOf(c)}>
                {COMMON.cancel}
              </Button>
            </div>
          </Form>
        </Card>
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

function shownOr(c: Context<PageEnv>, issued: Result<IssuedKey>) {
  return issued.ok ? shown(c, issued.value) : pageRefusal(c, issued.failure);
}

/** The answer to the form itself, and to nothing else: no address leads to it again. */
function shown(c: Context<PageEnv>, { secretKey }: IssuedKey) {
  c.header("Cache-Control", "no-store");
  return page(
    c,
    settingsHead(c, "keys", { title: WORDS.shownTitle, shape: "text" }),
    <Card>
      <Notice tone="wait">
        <p>{WORDS.shownLead}</p>
      </Notice>
      <Copy value={secretKey} label={WORDS.shownLabel} />
      <p class="soft">{SETUP.create.secretUse}</p>
      <Button kind="quiet" href={pathOf(c)}>
        {WORDS.back}
      </Button>
    </Card>,
  );
}

/** What no id of ours holds, a database may not be able to bind. */
function keyIdOf(c: Context<PageEnv>): string {
  return /^[\w-]{1,64}$/.exec(c.req.param("keyId") ?? "")?.[0] ?? "";
}

const NO_KEY = { code: "not_found", message: "No such key." } as const;

function keyBody(sent: Sent) {
  const ends = sent["expires_on"] ?? "";
  return {
    name: sent["name"],
    scopes: SCOPES.filter((scope) => sent[`scope_${scope}`] !== undefined),
    ...(ends === "" ? {} : { expires_at: `${ends}T00:00:00Z` }),
  };
}

function Keys({ keys, path, now }: { keys: readonly ApiKey[]; path: string; now: number }) {
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={keys}
      columns={[
        {
          head: WORDS.name,
          cell: ({ name, prefix, last4 }) => (
            <>
              <strong>{name}</strong>
              <div>
                <code class="soft">{WORDS.lastFour(prefix, last4)}</code>
              </div>
            </>
          ),
        },
        { head: WORDS.scopes, cell: ({ scopes }) => scopes.map((scope) => WORDS.scope[scope].label).join(", ") },
        { head: WORDS.ends, cell: ({ expiresAt }) => <Ends at={expiresAt} now={now} /> },
        {
          head: WORDS.used,
          cell: ({ lastUsedOn }) =>
            lastUsedOn === null ? (
              <span class="soft">{WORDS.notUsed}</span>
            ) : (
              <Time at={startOfDay(lastUsedOn)} as="day" />
            ),
        },
        { head: "", end: true, cell: (key) => <KeyActions apiKey={key} path={path} now={now} /> },
      ]}
    />
  );
}

function Ends({ at, now }: { at: number | null; now: number }): Child {
  if (at === null) return <span class="soft">{WORDS.never}</span>;
  return at <= now ? <Badge tone="bad">{WORDS.ended}</Badge> : <Time at={at} />;
}

function KeyActions({ apiKey, path, now }: { apiKey: ApiKey; path: string; now: number }) {
  const { id, name, expiresAt } = apiKey;
  const isLive = expiresAt === null || expiresAt > now;
  return (
    <span class="row">
      {isLive ? (
        <Button kind="quiet" slim href={`${path}/${id}/roll`} about={name}>
          {WORDS.roll}
        </Button>
      ) : null}
      <Button kind="danger" slim href={`${path}/${id}/revoke`} about={name}>
        {WORDS.revoke}
      </Button>
    </span>
  );
}

function NewKey({ draft, path, once }: { draft: Draft; path: string; once: string }) {
  const { values } = draft;
  return (
    <Card>
      <Form action={`${path}/new`}>
        <Once token={once} />
        <Field
          name="name"
          label={WORDS.name}
          hint={WORDS.nameHint}
          value={values["name"]}
          problem={problem(draft, "name")}
          required
          maxlength={256}
        />
        <fieldset class="field">
          <legend>{WORDS.scopesLabel}</legend>
          {SCOPES.map((scope) => (
            <Choice
              name={`scope_${scope}`}
              label={WORDS.scope[scope].label}
              hint={WORDS.scope[scope].hint}
              checked={values[`scope_${scope}`] !== undefined}
            />
          ))}
          {problem(draft, "scopes") === undefined ? null : <p class="problem">{problem(draft, "scopes")}</p>}
        </fieldset>
        <Field
          name="expires_on"
          label={WORDS.ends}
          hint={WORDS.endsHint}
          type="date"
          value={values["expires_on"]}
          problem={problem(draft, "expires_at")}
        />
        <div class="row">
          <Button>{WORDS.submit}</Button>
          <Button kind="quiet" href={path}>
            {COMMON.cancel}
          </Button>
        </div>
      </Form>
    </Card>
  );
}
