/**
 * referrals.js: a referral program in a page of yours, for the user who is signed in there.
 *
 *     <script src="https://HOST/referrals.js" async></script>
 *     <agentlinks-referrals token-url="/referral-token"></agentlinks-referrals>
 *
 * It asks the page's own backend for a token, and with it our API, beside the script. docs/friend-credits.md lists its
 * attributes, words, colours and events. It adds one element and no global, and throws nothing into the page.
 */

import type { Code, Credits, Entry, Stats } from "./api.ts";
import { type Call, caller, tokenFrom } from "./call.ts";
import type { Context } from "./context.ts";
import { button, el, figure, heading, problem } from "./dom.ts";
import { earnings } from "./earnings.ts";
import { history, historyPath } from "./history.ts";
import { invitations } from "./invitations.ts";
import { type Labels, speaker } from "./labels.ts";
import css from "./referrals.css";
import { replacing } from "./replacing.ts";
import { sharing } from "./sharing.ts";

/** A module and a tag that was inserted have no `currentScript`. Where nothing is found the page says where, by `api`. */
const SRC = (
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[src*="/referrals.js"]')
)?.src;

/** Long enough for a screen reader to notice that a text is another one, though it reads the same. */
const ANNOUNCE_AFTER_MS = 50;

class Referrals extends HTMLElement {
  static readonly observedAttributes = ["token-url", "api", "labels", "heading-level"];

  /** Instead of `token-url`, for pages whose backend knows its users otherwise than by cookies. Resolves the bare token. */
  declare fetchToken: (() => Promise<string>) | undefined;
  /** Words instead of the English ones; as JSON in the attribute. */
  declare labels: Labels | undefined;
  /** What to call a friend, by the id of the account: "A friend" where the page does not say. */
  declare friendName: ((account: string) => string | undefined) | undefined;

  readonly #content = el("section");
  readonly #status = el("p", { className: "unseen", "@role": "status" });
  /** Of what was asked for last alone the answer is shown. */
  #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#content, this.#status);
  }

  connectedCallback(): void {
    void this.reload();
  }

  attributeChangedCallback(): void {
    // Before the first it is being made: `connectedCallback` comes after the attributes.
    if (this.#turn) void this.reload();
  }

  /** Shows everything anew: for another user, with other words, or when the page knows of a referral. Never rejects. */
  async reload(): Promise<void> {
    const turn = ++this.#turn;
    const context = this.#context();
    const { call, say } = context;
    try {
      if (!this.#content.firstChild) this.#content.append(el("p", { className: "soft" }, say("loading")));
      const [code, stats, entries, credits] = await Promise.all([
        call<Code>("referrals/code"),
        call<Stats>("referrals/stats"),
        call<readonly Entry[]>(historyPath(0)),
        call<Credits>("credits?limit=1"),
      ]);
      if (turn != this.#turn) return;
      this.#content.replaceChildren(
        el(
          "header",
          {},
          el("div", {}, heading(context.level - 1, say("title")), el("p", { className: "soft" }, say("intro"))),
          el("dl", {}, figure(say("balance"), say("{n}", { n: credits.balance }))),
        ),
        sharing(context, code),
        // An invitation is a link by mail: without an address to link to there is none.
        code.referral_url ? invitations(context) : "",
        earnings(context, stats),
        history(context, entries),
        replacing(context),
      );
      context.emit("ready", code);
    } catch (error) {
      if (turn == this.#turn) this.#refuse(context, error);
    }
  }

  #refuse({ say, fail }: Context, error: unknown): void {
    const place = problem();
    this.#content.replaceChildren(
      place,
      button(say("retry"), () => this.reload()),
    );
    fail(error, place);
  }

  #context(): Context {
    const lang = languageOf(this.closest<HTMLElement>("[lang]")?.lang);
    const say = speaker(this.#ownLabels(), lang);
    const emit: Context["emit"] = (event, detail) =>
      this.dispatchEvent(new CustomEvent(`agentlinks:${event}`, { bubbles: true, composed: true, detail }));
    return {
      call: this.#caller(),
      say,
      lang,
      level: Number(this.getAttribute("heading-level") ?? 2) + 1,
      announce: (text) => {
        this.#status.textContent = "";
        setTimeout(() => (this.#status.textContent = text), ANNOUNCE_AFTER_MS);
      },
      fail: (error, place) => {
        const { message, cause } = error as Error;
        place.textContent = say(cause && message ? message : "failed");
        emit("error", { message, ...(cause as object) });
      },
      emit,
      friendName: (account) => this.friendName?.(account) ?? say("friend"),
      restart: async () => {
        await this.reload();
        this.shadowRoot?.getElementById("code")?.focus();
      },
    };
  }

  #caller(): Call {
    const tokenUrl = this.getAttribute("token-url") ?? "/referral-token";
    return caller(this.getAttribute("api") ?? SRC ?? location.href, this.fetchToken ?? (() => tokenFrom(tokenUrl)));
  }

  #ownLabels(): Labels {
    try {
      return { ...JSON.parse(this.getAttribute("labels") ?? "{}"), ...this.labels };
    } catch {
      // What is no JSON are no words.
      return this.labels ?? {};
    }
  }
}

/** What numbers and dates are written in; the browser's own where the page names no language that there is. */
function languageOf(lang: string | undefined): string | undefined {
  try {
    return Intl.getCanonicalLocales(lang)[0];
  } catch {
    return undefined;
  }
}

// A second copy of the script finds the first one's element.
if (!customElements.get("agentlinks-referrals")) customElements.define("agentlinks-referrals", Referrals);
