import type { Refreshed } from "./api.ts";
import type { Context } from "./context.ts";
import { button, el, problem } from "./dom.ts";

/** A new code instead of the old one, behind a warning: links that were sent stop working. */
export function replacing({ call, say, announce, emit, fail, restart }: Context): HTMLElement {
  const place = problem();
  const replace = async (): Promise<void> => {
    try {
      const { new_code: code } = await call<Refreshed>("referrals/refresh", {});
      emit("refreshed", { code });
      await restart();
      announce(say("replaced", { code }));
    } catch (error) {
      fail(error, place);
    }
  };
  return el(
    "details",
    {},
    el("summary", {}, say("newCode")),
    el("p", { className: "soft" }, say("newCodeWarning")),
    button(say("newCodeNow"), replace),
    place,
  );
}
