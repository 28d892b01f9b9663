/**
 * agentlinks.js: the one file a merchant's page loads.
 *
 *     <script src="https://HOST/agentlinks.js" data-app-id="app_…" async></script>
 *
 * It turns `?ref=CODE` into the cookie `agentlinks_ref`, reports the click once, and offers `window.AgentLinks`. It has
 * no dependency, adds one global, and whatever happens it throws nothing into the page.
 *
 * Attributes of the tag: `data-app-id` (required), `data-params` (`ref,referral_code,via`), `data-cookie-days` (60),
 * `data-cookie-domain` (the registrable domain), `data-attribution` (`last`, or `first`), `data-consent` (`wait`).
 *
 * Every byte is paid by every visitor of every merchant: `build-snippet.mjs` fails above a fixed size. Where the code
 * looks unusual for that reason, the comment beside it says what it saves. Two habits run through the file: arrow
 * functions, which are shorter than `function`, so that what runs at once stands at the end; and no optional chaining,
 * which the language level, ES2018, would spell out.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A call as page code may queue it before the script has loaded: `push(["trackSignup", { user_id: "u1" }])`. */
type Command = readonly [name: "trackSignup" | "trackConversion" | "consent", fields?: Fields];

/** `window.AgentLinks` once the script has run. No method throws, no promise rejects, none needs `this`. */
interface AgentLinks {
  /** Posts `fields` with the cookie's code. The parsed answer on a 2xx; otherwise, and without a cookie, null. */
  readonly trackSignup: (fields?: Fields) => Promise<unknown>;
  /** As `trackSignup`. Anyone can call it from a console: a conversion to be believed comes from the backend. */
  readonly trackConversion: (fields?: Fields) => Promise<unknown>;
  /** The cookie's code, for forms and checkouts; null when there is none. */
  readonly getRef: () => string | null;
  /** With `data-consent="wait"`: the visitor agreed, begin. Otherwise, and when repeated, nothing happens. */
  readonly consent: (ignored?: Fields) => void;
  /** Runs queued calls, so that one line of page code is right before and after the script has loaded. */
  readonly push: (...commands: readonly Command[]) => void;
}

/** What may be at `window.AgentLinks` before: calls queued in an array, this script's other copy, an element's id. */
interface Found {
  readonly getRef?: unknown;
  readonly forEach?: (run: (command: Command) => void) => void;
}

/** A 2xx answer, whatever JSON it is; `tracked` is the only field read here. */
interface Answer {
  readonly tracked?: unknown;
}

/** Puts the API in place, once for the page, and begins unless there is something to wait for. */
const install = (): void => {
  const found = page.AgentLinks;
  // A function, not just any value: `<form id=AgentLinks><input name=getRef>` must not switch the script off.
  if (found && typeof found.getRef == "function") return;
  page.AgentLinks = api;
  if (data.consent != "wait") api.consent();
  // Last, because whatever else is there may throw here.
  if (found && found.forEach) found.forEach(run);
};

/** Before this nothing is read, stored or sent, and calls are kept. Without a tag of ours it never comes to that. */
const begin = (): void => {
  const calls = kept;
  if (!calls || !tag) return;
  kept = null;
  land().catch(() => {});
  calls.forEach(run);
};

/** Runs one queued call, or keeps it. Unknown names and other oddities of page code end in `attempt`. */
const run = (command: Command): void => {
  void attempt(() => (kept && command[0] != "consent" ? kept.push(command) : api[command[0]](command[1])));
};

/**
 * One landing: if the page's URL carries a code, the cookie and the click. Synchronous up to the request, so that the
 * code is kept even if the page is left at once.
 *
 * Last click wins, but a code the server does not know never evicts one: an earlier code stays until the click is
 * answered `tracked: true`. Anything but a 2xx is no news.
 */
const land = async (): Promise<void> => {
  const ref = findRef();
  const earlier = readCookie();
  // A reload, or a site that carries its query string from page to page, is not another landing.
  if (!ref || (earlier && attempt(() => sessionStorage[NAME]) == ref)) return;
  if (!earlier || earlier == ref) writeCookie(ref);
  // Browsers refuse a Lax cookie in a cross-site frame, and a frame without a cookie does not count.
  if (page != page.top && !readCookie()) return;

  // Splitting gives the host without `new URL`, which throws for an empty referrer; undefined stays out of the JSON. The
  // added character changes no host, and makes a clobbered `document.referrer` harmless.
  const answer = await send("click", ref, { referrer_host: ("-" + dom.referrer).split("/")[2] });
  if (!answer) return;
  if (answer.tracked === true) {
    if (earlier && earlier != ref && data.attribution != "first") writeCookie(ref);
    // The last step: if storage is blocked, nothing else is left to do, and `begin` catches it.
    sessionStorage[NAME] = ref;
  }
  // Only what we wrote: meanwhile another tab may have found a good code.
  if (answer.tracked === false && !earlier && readCookie() == ref) writeCookie("");
};

/** Posts one event: the parsed answer on a 2xx, else null. Without a code no request is made. Never rejects. */
const send = async (event: string, ref: string | null, fields?: Fields): Promise<Answer | null> => {
  try {
    if (ref && tag) {
      // Relative to the script's own URL: that is all of first-party mode, and no base is kept anywhere.
      const response = await fetch(new URL("api/track/" + event, tag.src), {
        method: "POST",
        // Outlives the page. Not sendBeacon: it sends credentials, and common block lists stop every cross-site one.
        keepalive: true,
        credentials: "omit",
        // On the merchant's own domain the browser would add the page's whole URL, which is nobody's business.
        referrerPolicy: "no-referrer",
        // A string without a content-type header goes out as text/plain, which needs no preflight.
        body: JSON.stringify({ ...fields, ref, app_id: data.appId }),
      });
      if (response.ok) return await response.json();
    }
  } catch {
    // Offline, refused by a policy, an answer that is not JSON, fields that cannot be serialised: no news.
  }
  return null;
};

/** The first code among the named query parameters. What is not a code is ignored: sites use `?ref=` for other things. */
const findRef = (): string | undefined => {
  const query = new URLSearchParams(location.search);
  return (data.params || "ref,referral_code,via")
    .split(/[\s,]+/)
    .map((name) => query.get(name) || "")
    .find((value) => /^[\w-]{1,64}$/.test(value));
};

/**
 * The code in the cookie, else null. Splitting by a pattern leaves its group at [1]: shorter than a match and its null
 * check. Adding to a string first makes a clobbered `document.cookie` harmless.
 */
const readCookie = (): string | null =>
  attempt(() => ("; " + dom.cookie).split(/; agentlinks_ref=([\w-]{1,64})(;|$)/)[1]) || null;

/**
 * Makes `ref` the only code; the empty string removes every code.
 *
 * The registrable domain is found by trying: from the shortest suffix up, browsers refuse public suffixes (`co.uk`,
 * `vercel.app`), and the first one kept is it. The empty domain comes last, for hosts that have none. Removing walks
 * the same list, so that a code left on another level cannot shadow the new one.
 */
const writeCookie = (ref: string): void => {
  // Constants of a function are put where they are used; constants of the file would become variables.
  const defaultDays = 60;
  const secondsPerDay = 86_400;
  if (ref) writeCookie("");
  const labels = location.hostname.split(".");
  const domains = ref && data.cookieDomain ? [data.cookieDomain] : labels.map((_, i) => labels.slice(~i).join("."));
  const seconds = ref ? (Number(data.cookieDays) || defaultDays) * secondsPerDay : 0;
  const secure = location.protocol == "https:" ? ";secure" : "";
  attempt(() =>
    domains.concat("").some((domain) => {
      dom.cookie = `${NAME}=${ref};path=/;max-age=${seconds};samesite=lax;domain=${domain}${secure}`;
      return readCookie() == ref;
    }),
  );
};

/** Runs `work`; null if it throws (storage blocked, document clobbered). One guard: a call is shorter than a `try`. */
const attempt = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch {
    return null;
  }
};

/**
 * Our own tag. `currentScript` is null in modules and can be shadowed by `<img name=currentScript>`, so it counts only
 * as a script with our attribute. Otherwise the file's name decides too: other vendors also use `data-app-id`.
 *
 * The cast hides SVG scripts, which have no `src`: `send` gives up on those.
 */
const findTag = (): HTMLScriptElement | null => {
  const current = dom.currentScript as HTMLScriptElement | null;
  return current && current.matches("script[data-app-id]")
    ? current
    : dom.querySelector<HTMLScriptElement>("script[data-app-id][src*=agentlinks]");
};

/** What the DOM types lack: our own name, and prerendering, which not every engine has. */
const page: Window & { AgentLinks?: Found } = window;
const dom: Document & { readonly prerendering?: boolean } = document;

/** Name of the cookie, and of the mark that this tab has reported its click. */
const NAME = "agentlinks_ref";

const tag = attempt(findTag);
const data: DOMStringMap = tag ? tag.dataset : {};

/** Calls kept until the script begins; null from then on. Queue and state in one variable. */
let kept: Command[] | null = [];

const getRef = (): string | null => (kept ? null : readCookie());
const api: AgentLinks = {
  trackSignup: (fields) => send("signup", getRef(), fields),
  trackConversion: (fields) => send("conversion", getRef(), fields),
  getRef,
  // The same listener added twice is added once: repeating is harmless.
  consent: () => (dom.prerendering ? dom.addEventListener("prerenderingchange", begin) : begin()),
  push: (...commands) => commands.forEach(run),
};

attempt(install);
