import type { Context } from "hono";
import type { Failure } from "../domain/result.ts";
import { SIGN_IN } from "../texts/sign-in.ts";
import { STATUS_OF } from "../wire/errors.ts";
import { Button } from "./components/form.tsx";
import { page } from "./components/page.tsx";
import type { PageEnv } from "./context.ts";

const { refusals } = SIGN_IN;

/** Seconds after which a page that could not be made may be asked for again. */
const RETRY_AFTER_S = 5;

/** The title of a page that was not to be had, and what to do about it. */
export type RefusalWords = readonly [title: string, advice: string];

/** Answers a refusal as a page for people, with the failure's status. `words`: where they are known better than from its code. */
export function pageRefusal(
  c: Context<PageEnv>,
  failure: Failure,
  words: RefusalWords = wordsOf(failure),
): Response | Promise<Response> {
  c.set("failure", failure.code);
  const status = STATUS_OF[failure.code];
  const retryAfterS = failure.retryAfterS ?? (failure.code === "unavailable" ? RETRY_AFTER_S : null);
  if (retryAfterS !== null) c.header("Retry-After", String(retryAfterS));
  const [title, advice] = words;
  const lead = failure.code === "rate_limited" && retryAfterS !== null ? refusals.again(retryAfterS) : advice;
  return page(
    c,
    { title, lead, shape: "narrow" },
    <>
      {status >= 500 ? <p>{refusals.number(c.get("requestId"))}</p> : null}
      <Button href="/" kind="quiet">
        {refusals.home}
      </Button>
    </>,
    status,
  );
}

/** Why no code was mailed, where that is more than its code says. */
export function mailRefusal({ code }: Failure): RefusalWords | undefined {
  if (code === "invalid_request") return refusals.noSuchAddress;
  return code === "unavailable" ? refusals.noMail : undefined;
}

function wordsOf({ code }: Failure): RefusalWords {
  if (code === "origin_not_allowed") return refusals.forged;
  if (code === "rate_limited") return refusals.tooMany;
  if (code === "body_too_large") return refusals.tooLarge;
  if (code === "unavailable") return refusals.unavailable;
  if (code === "internal") return refusals.failed;
  return STATUS_OF[code] === 404 ? refusals.notFound : refusals.bad;
}
