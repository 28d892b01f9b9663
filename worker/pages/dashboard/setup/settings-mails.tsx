import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { SWITCHABLE_MAILS, type SwitchableMail } from "../../../domain/mail-template.ts";
import { changeMails, type MailSwitches, readMails } from "../../../services/mail/manage-mails.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { Card } from "../../components/data.tsx";
import { Button, Choice, Form } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { sentBy } from "../../forms.ts";
import { accessOf, appPath, settingsHead } from "../head.ts";
import type { Guards } from "./guards.ts";
import { DoneNotice, goOn } from "./parts.tsx";

const { mails: WORDS } = SETUP;

/** To whom each goes. */
const TO_OWNERS: readonly SwitchableMail[] = ["application", "payout_due", "no_events_7d"];

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/settings/mails");

/** `/apps/:appId/settings/mails`: which mails are sent in the app's name. */
export function mailSettings(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/settings/mails", own, async (c) => {
    const switches = await readMails(deps, c.get("app").id);
    const toCreators = SWITCHABLE_MAILS.filter((mail) => !TO_OWNERS.includes(mail));
    return page(
      c,
      settingsHead(c, "mails", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <Form action={pathOf(c)}>
          <div class="columns">
            <Group title={WORDS.creators} mails={toCreators} switches={switches} />
            <Group title={WORDS.owners} mails={TO_OWNERS} switches={switches} />
          </div>
          <div class="row">
            <Button>{COMMON.save}</Button>
          </div>
        </Form>
      </div>,
    );
  });

  routes.post("/apps/:appId/settings/mails", own, async (c) => {
    const sent = await sentBy(c);
    // The page has every box: one that is not sent is off.
    const change = Object.fromEntries(SWITCHABLE_MAILS.map((mail) => [mail, sent[mail] !== undefined]));
    await changeMails(deps, c.get("app").id, { actor: accessOf(c).actor, change });
    return goOn(c, pathOf(c), "saved");
  });

  return routes;
}

function Group({
  title,
  mails,
  switches,
}: {
  title: string;
  mails: readonly SwitchableMail[];
  switches: MailSwitches;
}) {
  return (
    <Card title={title}>
      {mails.map((mail) => (
        <Choice name={mail} label={WORDS.list[mail].label} hint={WORDS.list[mail].hint} checked={switches[mail]} />
      ))}
    </Card>
  );
}
