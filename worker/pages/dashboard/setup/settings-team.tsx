import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { addOwner, readOwners } from "../../../services/accounts/add-owner.ts";
import { removeOwner } from "../../../services/accounts/remove-owner.ts";
import type { Owner } from "../../../store/owner-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseEmail } from "../../../wire/sign-in.ts";
import { Badge, Card, Empty, Table, Time } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { sentBy, withQuery } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import { DoneNotice, type Draft, goOn, problem, refused, RefusedNotice, statusOf, stored, wrong } from "./parts.tsx";

const { team: WORDS } = SETUP;

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/team");

/** `/apps/:appId/settings/team`: who runs the app. Who changes that proves first who they are. */
export function teamSettings(deps: Deps, { own, fresh }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const PATH = "/apps/:appId/settings/team";

  routes.get(PATH, own, async (c) => {
    const owners = await readOwners(deps, c.get("app").id);
    return page(
      c,
      settingsHead(c, "team", {
        title: WORDS.title,
        lead: WORDS.lead,
        actions: <Button href={`${pathOf(c)}/add`}>{WORDS.addTitle}</Button>,
      }),
      <div class="stack">
        <DoneNotice c={c} />
        <Card>
          <Owners owners={owners} you={personOf(c).email} path={pathOf(c)} />
        </Card>
        <p class="soft small">{WORDS.operators}</p>
      </div>,
    );
  });

  routes.get(`${PATH}/add`, fresh, (c) => askWhom(c, stored({})));

  routes.post(`${PATH}/add`, fresh, async (c) => {
    const sent = await sentBy(c);
    const email = parseEmail(sent["email"]);
    if (email === null) return askWhom(c, refusedEmail(sent["email"], WORDS.badEmail));
    const added = await addOwner(deps, { actor: accessOf(c).actor, appId: c.get("app").id, email });
    return added.ok ? goOn(c, pathOf(c), "owner_added") : askWhom(c, refusedEmail(sent["email"], WORDS.full));
  });

  routes.get(`${PATH}/remove`, fresh, async (c) => {
    const owner = await ownerOf(c, c.req.query("email"));
    if (owner === null) return pageRefusal(c, { code: "not_found", message: "No such page." });
    return askRemove(c, { email: owner.email, isRefused: false });
  });

  routes.post(`${PATH}/remove`, fresh, async (c) => {
    const person = personOf(c);
    const owner = await ownerOf(c, (await sentBy(c))["email"]);
    // Gone already: that is what was wanted.
    if (owner === null) return goOn(c, pathOf(c), "owner_removed");
    const { email } = owner;
    const removed = await removeOwner(deps, { by: person, appId: c.get("app").id, email });
    if (!removed.ok) return askRemove(c, { email, isRefused: true });
    const isSelf = email === person.email && !person.isOperator;
    return isSelf ? goOn(c, "/apps", "left") : goOn(c, pathOf(c), "owner_removed");
  });

  return routes;

  async function ownerOf(c: Context<PageEnv>, typed: string | undefined): Promise<Owner | null> {
    const email = parseEmail(typed);
    const owners = await readOwners(deps, c.get("app").id);
    return owners.find((owner) => owner.email === email) ?? null;
  }
}

function refusedEmail(typed: string | undefined, message: string): Draft {
  const failure = wrong("email", message);
  return failure.ok ? stored({}) : refused({ email: typed ?? "" }, failure.failure);
}

function askWhom(c: Context<PageEnv>, draft: Draft) {
  const path = appPath(c.get("app").id, "/settings/team");
  const { failure } = draft;
  return page(
    c,
    settingsHead(c, "team", { title: WORDS.addTitle, shape: "text" }),
    <div class="stack">
      <RefusedNotice failure={failure} />
      <Card>
        <Form action={`${path}/add`}>
          <Field
            name="email"
            type="email"
            label={WORDS.email}
            hint={WORDS.addHint}
            value={draft.values["email"]}
            problem={problem(draft, "email")}
            autocomplete="off"
            required
            maxlength={254}
          />
          <div class="row">
            <Button>{WORDS.add}</Button>
            <Button kind="quiet" href={path}>
              {COMMON.cancel}
            </Button>
          </div>
        </Form>
      </Card>
    </div>,
    failure === null ? 200 : statusOf(c, failure),
  );
}

function askRemove(c: Context<PageEnv>, { email, isRefused }: { email: string; isRefused: boolean }) {
  const path = appPath(c.get("app").id, "/settings/team");
  const failure = isRefused ? ({ code: "conflict", message: WORDS.last } as const) : null;
  const lead = email === personOf(c).email ? WORDS.removeSelf : WORDS.removeText;
  return page(
    c,
    settingsHead(c, "team", { title: WORDS.removeTitle(email), lead, shape: "text" }),
    <div class="stack">
      <RefusedNotice failure={failure} />
      <Card danger>
        <Form action={`${path}/remove`} kind="row">
          <input type="hidden" name="email" value={email} />
          <Button kind="danger">{WORDS.removeAction}</Button>
          <Button kind="quiet" href={path}>
            {COMMON.cancel}
          </Button>
        </Form>
      </Card>
    </div>,
    failure === null ? 200 : statusOf(c, failure),
  );
}

function Owners({ owners, you, path }: { owners: readonly Owner[]; you: string; path: string }) {
  if (owners.length === 0) {
    return (
      <Empty title={WORDS.emptyTitle}>
        <p>{WORDS.emptyText}</p>
      </Empty>
    );
  }
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={owners}
      columns={[
        {
          head: WORDS.email,
          cell: ({ email }) => (
            <span class="row">
              {email}
              {email === you ? <Badge tone="accent">{WORDS.you}</Badge> : null}
            </span>
          ),
        },
        { head: WORDS.added, cell: ({ createdAt }) => <Time at={createdAt} as="date" /> },
        { head: WORDS.by, cell: ({ actor }) => byWhom(actor) },
        {
          head: "",
          end: true,
          cell: ({ email }) => (
            <Button kind="quiet" slim href={withQuery(`${path}/remove`, { email })} about={email}>
              {WORDS.remove}
            </Button>
          ),
        },
      ]}
    />
  );
}

/** What kind of actor it was: the audit log has who. */
function byWhom(actor: string): string {
  const kind = actor.split(":")[0];
  const { operator, user, key, other } = WORDS.actor;
  if (kind === "operator") return operator;
  if (kind === "user") return user;
  return kind === "key" ? key : other;
}
