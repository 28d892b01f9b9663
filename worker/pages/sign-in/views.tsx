import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { SIGN_IN } from "../../texts/sign-in.ts";
import { Copy } from "../components/copy.tsx";
import { Card, Facts, Notice } from "../components/data.tsx";
import { Button, Field, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";

type Answer = Response | Promise<Response>;

/** What is told above a form, and what is wrong with its field: then the page is a refusal. */
interface Said {
  readonly notice?: string | undefined;
  readonly problem?: string | undefined;
}

export function signInPage(
  c: Context<PageEnv>,
  said: Said & { readonly email: string; readonly next: string },
): Answer {
  const { signIn: texts } = SIGN_IN;
  const { email, next, notice, problem } = said;
  return page(
    c,
    { title: texts.title, lead: texts.lead, shape: "narrow" },
    <div class="stack">
      <NoticeOf text={notice} />
      <Form action="/signin">
        <input type="hidden" name="next" value={next} />
        <Field
          name="email"
          type="email"
          label={texts.email}
          value={email}
          problem={problem}
          autocomplete="email"
          maxlength={254}
          required
          autofocus
        />
        <Button>{texts.send}</Button>
      </Form>
    </div>,
    statusOf(said),
  );
}

export function codePage(c: Context<PageEnv>, said: Said & { readonly email: string; readonly next: string }): Answer {
  const { code: texts } = SIGN_IN;
  const { email, next, notice, problem } = said;
  return page(
    c,
    { title: texts.title, lead: texts.sentTo(email), shape: "narrow" },
    <div class="stack">
      <NoticeOf text={notice} />
      <Form action="/signin/code">
        <CodeField problem={problem} />
        <Button>{texts.enter}</Button>
      </Form>
      <Form action="/signin" kind="row">
        <input type="hidden" name="email" value={email} />
        <input type="hidden" name="next" value={next} />
        <input type="hidden" name="again" value="1" />
        <Button kind="quiet">{texts.resend}</Button>
        <a href={`/signin?next=${encodeURIComponent(next)}`}>{texts.otherAddress}</a>
      </Form>
    </div>,
    statusOf(said),
  );
}

/** `isSent`: a code is on its way, so there is something to enter. */
export function confirmPage(
  c: Context<PageEnv>,
  said: Said & { readonly next: string; readonly isSent: boolean },
): Answer {
  const { confirm: texts, code } = SIGN_IN;
  const { email } = personOf(c);
  const { next, isSent, problem } = said;
  return page(
    c,
    { title: texts.title, lead: isSent ? code.sentTo(email) : texts.lead(email), shape: "narrow" },
    <div class="stack">
      {isSent ? (
        <Form action="/signin/confirm">
          <input type="hidden" name="next" value={next} />
          <CodeField problem={problem} />
          <Button>{texts.enter}</Button>
        </Form>
      ) : null}
      <Form action="/signin/confirm" id="send">
        <input type="hidden" name="next" value={next} />
        {isSent ? <Button kind="quiet">{texts.resend}</Button> : <Button>{texts.send}</Button>}
      </Form>
    </div>,
    statusOf(said),
  );
}

export function accountPage(c: Context<PageEnv>): Answer {
  const { account: texts } = SIGN_IN;
  return page(
    c,
    { title: texts.title, shape: "narrow" },
    <div class="stack">
      <Card>
        <Facts facts={[[texts.email, personOf(c).email]]} />
        <Form action="/signout" kind="row">
          <Button>{texts.signOut}</Button>
        </Form>
      </Card>
      <Card title={texts.everywhere} lead={texts.everywhereWhy}>
        <Form action="/signout/everywhere" kind="row">
          <Button kind="quiet">{texts.everywhere}</Button>
        </Form>
      </Card>
    </div>,
  );
}

/** For whoever is signed in and has nothing here yet. */
export function startPage(
  c: Context<PageEnv>,
  { mayCreate, publicUrl }: { mayCreate: boolean; publicUrl: string },
): Answer {
  const { start: texts, account } = SIGN_IN;
  return page(
    c,
    { title: texts.title, lead: texts.lead(personOf(c).email), shape: "narrow" },
    <div class="stack">
      <Card title={texts.promote} lead={texts.join}>
        <Copy value={`${publicUrl}${texts.joinPath}`} label={texts.joinLabel} />
      </Card>
      <Card title={texts.own} lead={mayCreate ? texts.ownOpen : texts.ownAsk}>
        {mayCreate ? <Button href="/apps/new">{texts.make}</Button> : null}
      </Card>
      <Card title={texts.other} lead={texts.otherAddress}>
        <Form action="/signout" kind="row">
          <Button kind="quiet">{account.signOut}</Button>
        </Form>
      </Card>
    </div>,
  );
}

/** `one-time-code`: the phone that gets the mail offers to fill it in. */
function CodeField({ problem }: { readonly problem: string | undefined }) {
  return (
    <Field
      name="code"
      label={SIGN_IN.code.code}
      problem={problem}
      inputmode="numeric"
      autocomplete="one-time-code"
      maxlength={16}
      required
      autofocus
    />
  );
}

function NoticeOf({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <Notice tone="good">{text}</Notice>;
}

function statusOf({ problem }: Said): ContentfulStatusCode {
  return problem === undefined ? 200 : 400;
}
