import { type Child, useContext } from "hono/jsx";
import type { SetupStep, SetupView } from "../../../services/programs/read-setup.ts";
import { SETUP_STEPS } from "../../../services/programs/read-setup.ts";
import type { App } from "../../../store/app-store.ts";
import { SETUP } from "../../../texts/setup.ts";
import { linkOf } from "../../../wire/affiliates.ts";
import { Copy } from "../../components/copy.tsx";
import { Button } from "../../components/form.tsx";
import { AffiliatesContext } from "../../components/page.tsx";
import { appPath } from "../head.ts";

const { steps: WORDS } = SETUP;

interface Parts {
  readonly app: App;
  readonly setup: SetupView;
  readonly publicUrl: string;
}

/** The steps of an app's set-up; the ones that are done tick themselves off. */
export function Checklist(parts: Parts) {
  const { done } = parts.setup;
  return (
    <>
      <ol class="steps" role="list">
        {SETUP_STEPS.map((step) => (
          <li class={done[step] ? "done" : undefined}>
            <h3>
              {WORDS[step].title}
              {done[step] ? <span class="unseen"> {WORDS.done}</span> : null}
            </h3>
            <Step step={step} {...parts} />
          </li>
        ))}
      </ol>
      {done.click ? <span class="unseen" data-announce={WORDS.click.arrived}></span> : null}
    </>
  );
}

function Step({ step, ...parts }: Parts & { step: SetupStep }) {
  switch (step) {
    case "created":
      return <p class="soft">{WORDS.created.text}</p>;
    case "tag":
      return <TagStep {...parts} />;
    case "creators":
      return <CreatorsStep {...parts} />;
    case "click":
      return <ClickStep {...parts} />;
    case "event":
      return <EventStep {...parts} />;
    case "trust":
      return (
        <Todo isDone={parts.setup.done.trust} words={WORDS.trust} href={appPath(parts.app.id, "/settings/trust")} />
      );
    case "payouts":
      return (
        <Todo
          isDone={parts.setup.done.payouts}
          words={WORDS.payouts}
          href={appPath(parts.app.id, "/settings/payouts")}
        />
      );
  }
}

function Todo({
  isDone,
  words,
  href,
  children,
}: {
  isDone: boolean;
  words: { readonly text: string; readonly action: string };
  /** Null where that page is switched off. */
  href: string | null;
  children?: Child;
}) {
  if (isDone) return <p class="soft">{words.text}</p>;
  return (
    <>
      <p class="soft">{words.text}</p>
      {href === null ? null : (
        <div class="row">
          <Button kind="quiet" slim href={href}>
            {words.action}
          </Button>
        </div>
      )}
      {children}
    </>
  );
}

function TagStep({ app, setup }: Parts) {
  const { tag } = WORDS;
  if (setup.done.tag) return <p class="soft">{setup.clicked ? tag.clicked : tag.verified}</p>;
  return <Todo isDone={false} words={tag} href={appPath(app.id, "/tag")} />;
}

function CreatorsStep({ app, setup, publicUrl }: Parts) {
  const { creators } = WORDS;
  const invite = useContext(AffiliatesContext) ? appPath(app.id, "/affiliates/invite") : null;
  return (
    <Todo isDone={setup.done.creators} words={creators} href={invite}>
      <p class="soft">{creators.join}</p>
      <Copy value={`${publicUrl}/join/${app.id}`} label={creators.joinLabel} />
    </Todo>
  );
}

function ClickStep({ app, setup }: Parts) {
  const { click } = WORDS;
  if (setup.done.click) return <p>{click.arrived}</p>;
  const link = setup.ref === null ? null : linkOf(setup.ref, app);
  return (
    <>
      <p class="pulse">{click.waiting}</p>
      <p class="soft">{setup.ref === null ? click.first : click.text}</p>
      {link === null ? null : <Copy value={link} label={click.link} />}
    </>
  );
}

function EventStep({ app, setup }: Parts) {
  const { event } = WORDS;
  if (setup.done.event) return <p class="soft">{setup.signedUp || setup.converted ? event.arrived : event.isStripe}</p>;
  return (
    <>
      <p class="soft">{event.text}</p>
      <div class="row">
        <Button kind="quiet" slim href={appPath(app.id, "/settings/stripe")}>
          {event.stripe}
        </Button>
        <Button kind="quiet" slim href={appPath(app.id, "/settings/keys")}>
          {event.keys}
        </Button>
      </div>
    </>
  );
}

/** How far it is, in words. */
export function progressOf({ done }: SetupView): string {
  const count = SETUP_STEPS.filter((step) => done[step]).length;
  return WORDS.progress(count, SETUP_STEPS.length);
}
