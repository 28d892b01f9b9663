import type { Context } from "hono";
import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { requestCode } from "../../services/accounts/request-code.ts";
import { signIn } from "../../services/accounts/sign-in.ts";
import { sessionToken } from "../access.ts";
import type { PageEnv } from "../context.ts";
import { endFlow, type Flow, isKnown, setFlow, setKnown } from "./flow-cookie.ts";

/** Mails a code, for which this browser waits then. Fails as `requestCode` does. */
export async function askForCode(
  c: Context<PageEnv>,
  deps: Deps,
  { email, next }: { readonly email: string; readonly next: string },
): Promise<Result<null>> {
  const isOwn = c.get("person")?.email === email;
  const asker = isOwn ? "session" : (await isKnown(c, deps, email)) ? "known" : "stranger";
  const asked = await requestCode(deps, { email, asker });
  if (!asked.ok) return asked;
  await setFlow(c, deps, { email, next, ...asked.value });
  return ok(null);
}

/** Begins a session with the code that this browser waited for, and answers its `Set-Cookie` lines. Fails as `signIn` does. */
export async function enterCode(
  c: Context<PageEnv>,
  deps: Deps,
  { flow, code }: { readonly flow: Flow; readonly code: string },
): Promise<Result<readonly string[]>> {
  const begun = await signIn(deps, { email: flow.email, code, flow, oldToken: await sessionToken(c, deps) });
  if (!begun.ok) return begun;
  for (const line of begun.value) c.header("Set-Cookie", line, { append: true });
  await setKnown(c, deps, flow.email);
  endFlow(c, deps);
  return begun;
}
