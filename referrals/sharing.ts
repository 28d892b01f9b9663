import type { Code } from "./api.ts";
import type { Context } from "./context.ts";
import { button, el, problem } from "./dom.ts";

const COPIED_SHOWN_MS = 2_000;

/** The link and the code, to copy and to share. */
export function sharing(context: Context, { referral_code: code, referral_url: url }: Code): HTMLElement {
  const place = problem();
  return el(
    "div",
    { className: "sharing" },
    url && copyField(context, { name: "link", value: url, place }),
    copyField(context, { name: "code", value: code, place }),
    place,
  );
}

interface Field {
  readonly name: "link" | "code";
  readonly value: string;
  readonly place: HTMLElement;
}

function copyField(context: Context, { name, value, place }: Field): HTMLElement {
  const { say, announce, emit } = context;
  const copyLabel = say(name == "link" ? "copyLink" : "copyCode");
  const input = el("input", { id: name, value, readOnly: true, onfocus: () => input.select() });
  const copy = async (): Promise<void> => {
    if (await copied(input)) {
      copyButton.textContent = say("copied");
      setTimeout(() => (copyButton.textContent = copyLabel), COPIED_SHOWN_MS);
      announce(say("copied"));
      emit("copied", { what: name, value });
    } else {
      place.textContent = say("copyByHand");
    }
  };
  const copyButton = button(copyLabel, copy);
  return el(
    "div",
    {},
    el("label", { htmlFor: name }, say(name)),
    el(
      "div",
      { className: "row" },
      input,
      copyButton,
      name == "link" && "share" in navigator && button(say("share"), () => share(context, value, place), "main"),
    ),
  );
}

/** The clipboard is missing on plain http and may be refused; then the old way, which needs a selection. */
async function copied(input: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.focus();
    input.select();
    return document.execCommand("copy");
  }
}

async function share({ say, emit, fail }: Context, url: string, place: HTMLElement): Promise<void> {
  try {
    await navigator.share({ text: say("shareText"), url });
    emit("shared", { url });
  } catch (error) {
    // Whoever closes the sheet has not failed.
    if ((error as Error).name != "AbortError") fail(error, place);
  }
}
