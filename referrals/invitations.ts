import type { Sent } from "./api.ts";
import type { Context } from "./context.ts";
import { el, problem } from "./dom.ts";

/** As many invitations as one call takes. */
const MAX_ADDRESSES = 20;

/** A form for one or several addresses, and what became of each. Those that failed stay in the field. */
export function invitations({ call, say, announce, emit, fail }: Context): HTMLElement {
  const place = problem("problem");
  const results = el("ul", { className: "results" });
  const field = el("textarea", {
    id: "emails",
    rows: 2,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    inputMode: "email",
    "@aria-describedby": "hint problem",
  });
  const send = el("button", { className: "main" }, say("send"));

  const refuse = (text: string): void => {
    place.textContent = text;
    field.ariaInvalid = `${!!text}`;
    if (text) field.focus();
  };

  const submit = async (): Promise<void> => {
    const emails = field.value.split(/[\s,;]+/).filter(Boolean);
    refuse(emails[MAX_ADDRESSES] ? say("tooMany", { n: MAX_ADDRESSES }) : emails[0] ? "" : say("noAddress"));
    if (place.textContent || send.ariaBusy == "true") return;
    // Not `disabled`, which would take the focus away.
    send.ariaBusy = "true";
    send.textContent = say("sending");
    try {
      const sent = await call<Sent>("referrals/send-bulk", { emails });
      results.replaceChildren(
        ...sent.results.map(({ email, success, message }) =>
          el(
            "li",
            { className: success ? "good" : "bad" },
            el("span", { className: "name" }, email),
            el("span", {}, say(success ? "sent" : message)),
          ),
        ),
      );
      field.value = sent.results.flatMap(({ email, success }) => (success ? [] : [email])).join(", ");
      announce(say("sentOf", { n: sent.success_count, total: sent.total_count }));
      emit("invited", sent);
    } catch (error) {
      fail(error, place);
    }
    send.ariaBusy = "false";
    send.textContent = say("send");
  };

  return el(
    "form",
    {
      noValidate: true,
      onsubmit: (event: Event) => {
        event.preventDefault();
        void submit();
      },
    },
    el("label", { htmlFor: "emails", className: "heading" }, say("invite")),
    field,
    el("p", { id: "hint", className: "soft" }, say("inviteHint")),
    place,
    send,
    results,
  );
}
