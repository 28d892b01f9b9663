import { foldEmail } from "../../worker/domain/email.ts";
import { codeFor, type PageAnswer, type Visitor } from "./visitor.ts";
import type { TestApp, World } from "./world.ts";

/** What somebody fills into the form for joining. */
type Filled = Readonly<Record<string, string>>;

/** Sends the form of an app's page as it is shown, with the box ticked. */
export async function sendForm(visitor: Visitor, app: TestApp, filled: Filled = {}, headers = {}): Promise<PageAnswer> {
  const shown = await visitor.get(`/join/${app.id}`);
  return visitor.post(`/join/${app.id}`, { accept: "1", seen: seenOn(shown), ...filled }, headers);
}

/** Enters the code of the last mail to an address on the page for joining. */
export function enterCode(
  world: World,
  visitor: Visitor,
  {
    app,
    email,
    headers = {},
  }: {
    readonly app: TestApp;
    readonly email: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<PageAnswer> {
  return visitor.post(`/join/${app.id}/code`, { code: codeFor(world, foldEmail(email)) }, headers);
}

/** Joins by e-mail from the page to the answer after the code. */
export async function joinAs(
  world: World,
  visitor: Visitor,
  {
    app,
    email,
    filled = {},
    headers = {},
  }: {
    readonly app: TestApp;
    readonly email: string;
    readonly filled?: Filled;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<PageAnswer> {
  const sent = await sendForm(visitor, app, { email, ...filled }, headers);
  if (sent.location !== `/join/${app.id}/code`) throw new Error(`no code: ${sent.status} ${sent.text}`);
  return enterCode(world, visitor, { app, email, headers });
}

/** Which offer a page for joining shows. */
export function seenOn({ text }: PageAnswer): string {
  return /name="seen" value="([\w-]+)"/.exec(text)?.[1] ?? "";
}

/** The words of a page, without its markup. */
export function wordsOn({ text }: Pick<PageAnswer, "text">): string {
  const main = /<main[^]*<\/main>/.exec(text)?.[0] ?? text;
  return main.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}
