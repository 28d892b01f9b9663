import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { percentOf } from "../../../domain/percent.ts";
import { createAffiliate } from "../../../services/affiliates/create-affiliate.ts";
import { inviteAffiliate } from "../../../services/affiliates/invite-affiliate.ts";
import { readInvitations, withdrawInvitation } from "../../../services/affiliates/manage-invitations.ts";
import type { Invitation } from "../../../store/invitation-store.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { parseNewAffiliate } from "../../../wire/affiliates.ts";
import { toPage } from "../../../wire/page.ts";
import { parseInvitation } from "../../../wire/program-terms.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, appHead, appPath } from "../head.ts";
import { formState, goOn, idFrom, notThere, Outcome, statusOf, type Tried } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";

/** `/apps/:appId/affiliates/invite`: the ways into the program that its owner opens. */
export function invitationPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/affiliates";
  const owner = [signedIn(), appAccess(deps)] as const;

  routes.get(`${path}/invite`, ...owner, (c) => show(c));

  routes.post(`${path}/invite`, ...owner, async (c) => {
    const sent = await sentBy(c);
    const draft = parsed(filled(sent), parseInvitation);
    const invited = draft.ok
      ? await inviteAffiliate(deps, c.get("app").id, { actor: accessOf(c).actor, draft: draft.value })
      : draft;
    if (!invited.ok) return show(c, { form: "invite", sent, failure: invited.failure });
    return goOn(c, "/affiliates/invite", { done: "invited" });
  });

  routes.post(`${path}/invitations/:id/withdraw`, ...owner, async (c) => {
    const invitationId = idFrom(c, "id");
    if (invitationId === null) return notThere(c);
    const withdrawn = await withdrawInvitation(deps, c.get("app").id, { actor: accessOf(c).actor, invitationId });
    return withdrawn.ok ? goOn(c, "/affiliates/invite", { done: "withdrawn" }) : notThere(c);
  });

  routes.post(`${path}/add`, ...owner, async (c) => {
    const sent = await sentBy(c);
    const draft = parsed(filled(sent), parseNewAffiliate);
    const made = draft.ok
      ? await createAffiliate(deps, c.get("app").id, { actor: accessOf(c).actor, draft: draft.value })
      : draft;
    if (!made.ok) return show(c, { form: "add", sent, failure: made.failure });
    const { affiliate, created } = made.value;
    return goOn(c, `/affiliates/${affiliate.id}`, { done: created ? "added" : "known" });
  });

  return routes;

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const app = c.get("app");
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const { items, nextCursor } = toPage(await readInvitations(deps, app.id, { after, limit: limit + 1 }), limit);
    return page(
      c,
      appHead(c, "affiliates", { title: AFFILIATES.add, lead: AFFILIATES.addLead }),
      <div class="stack">
        <p class="small">
          <a href={appPath(app.id, "/affiliates")}>{AFFILIATES.one.back}</a>
        </p>
        <Outcome c={c} tried={tried} done={AFFILIATES.done} />
        <div class="columns">
          <EntryForm appId={app.id} form="invite" tried={tried} />
          <div class="stack">
            <Card title={AFFILIATES.joinPage} lead={AFFILIATES.joinLead}>
              <Copy value={new URL(`/join/${app.id}`, deps.config.publicUrl).href} label={AFFILIATES.joinPage} />
            </Card>
            <EntryForm appId={app.id} form="add" tried={tried} />
          </div>
        </div>
        <Card title={AFFILIATES.invitations}>
          {items.length === 0 ? (
            <p class="soft">{AFFILIATES.noInvitations}</p>
          ) : (
            <Invitations appId={app.id} invitations={items} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
      statusOf(tried),
    );
  }
}

/** Whom to invite, or whom to add: who is added gets a code at once. */
function EntryForm({ appId, form, tried }: { appId: string; form: "invite" | "add"; tried: Tried | null }) {
  const { field } = formState(tried, form);
  const words = {
    invite: { title: AFFILIATES.invite, lead: AFFILIATES.inviteLead, button: AFFILIATES.inviteButton },
    add: { title: AFFILIATES.byHand, lead: AFFILIATES.byHandLead, button: AFFILIATES.byHandButton },
  }[form];
  return (
    <Card title={words.title} lead={words.lead}>
      <Form action={appPath(appId, `/affiliates/${form}`)}>
        <Field id={`${form}-email`} {...field("email")} type="email" label={AFFILIATES.email} required />
        <Field
          id={`${form}-name`}
          {...field("name")}
          label={AFFILIATES.name}
          hint={AFFILIATES.optional}
          maxlength={256}
        />
        {form === "invite" ? null : (
          <Field id="add-ref" {...field("ref")} label={AFFILIATES.code} hint={AFFILIATES.codeHint} maxlength={32} />
        )}
        <Field
          id={`${form}-rate`}
          {...field("commission_percent")}
          label={AFFILIATES.rateField}
          hint={AFFILIATES.rateFieldHint}
          affix={AFFILIATES.percent}
          inputmode="decimal"
        />
        <div class="row">
          <Button kind={form === "invite" ? undefined : "quiet"}>{words.button}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Invitations({ appId, invitations }: { appId: string; invitations: readonly Invitation[] }) {
  const { invitationHead: head, invitationStates: states } = AFFILIATES;
  return (
    <Table
      caption={AFFILIATES.invitations}
      unseen
      rows={invitations}
      columns={[
        {
          head: head.email,
          cell: ({ email, name }) => (
            <>
              {email}
              {name === null ? null : <div class="soft small">{name}</div>}
            </>
          ),
        },
        {
          head: head.rate,
          cell: ({ rateBps }) => (
            <>{rateBps === null ? AFFILIATES.ofProgram : `${percentOf(rateBps)} ${AFFILIATES.percent}`}</>
          ),
        },
        { head: head.sent, cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          head: head.state,
          cell: ({ acceptedAt }) => (
            <Badge tone={acceptedAt === null ? "wait" : "good"}>
              {acceptedAt === null ? states.open : states.accepted}
            </Badge>
          ),
        },
        {
          head: "",
          end: true,
          cell: ({ id, email, acceptedAt }) =>
            acceptedAt === null ? (
              <Form action={appPath(appId, `/affiliates/invitations/${id}/withdraw`)} kind="row">
                <Button kind="quiet" slim about={AFFILIATES.ofEmail(email)}>
                  {AFFILIATES.withdraw}
                </Button>
              </Form>
            ) : null,
        },
      ]}
    />
  );
}
