/**
 * agentlinks.js: the one file a merchant's page loads.
 *
 *     <script src="https://HOST/agentlinks.js" data-app-id="app_…" async></script>
 *
 * It turns `?ref=CODE` into the cookie `agentlinks_ref`, reports the click once, and offers `window.AgentLinks`. It has
 * no dependency, adds one global, and whatever happens it throws nothing into the page. docs/script.md lists the
 * attributes of the tag.
 *
 * Every byte is paid by every visitor of every merchant: `build-snippet.mjs` fails above a fixed size. Where the code
 * looks unusual for that reason, the comment beside it says what it saves. Three habits run through the file: arrow
 * functions, which are shorter than `function`, so that what runs at once stands at the end; expressions instead of
 * statements; and strings spelled out again, which compress better than names for them.
 */

import type { AgentLinks, AgentLinksCommand } from "./api.d.ts";

/** What the DOM types lack: not every engine has it. */
declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/** A 2xx answer, whatever JSON it is; `tracked` is the only field read here. */
interface Answer {
  readonly tracked?: unknown;
}

/** What may be at `window.AgentLinks` before: calls queued in an array, this script's other copy, an element's id. */
interface Found {
  readonly getRef?: { readonly call?: unknown };
  readonly forEach: (run: (command: AgentLinksCommand) => void) => void;
}

/** Runs `work`; undefined if it throws (storage blocked, document clobbered). One guard: a call is shorter than a `try`. */
const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {}
};

const dom = document;

/**
 * Our own tag, by attribute and file name: other vendors use `data-app-id` too. `currentScript` would be null in modules
 * and can be shadowed by `<img name=currentScript>`.
 */
const tag = attempt(() => dom.querySelector<HTMLScriptElement>("[data-app-id][src*=agentlinks]"));
const data: DOMStringMap = tag?.dataset || {};

/** The query parameters that carry a code. */
const names = (data.params || "ref,referral_code,via").match(/[^\s,]+/g) as string[];
/** How long a code is kept. */
const days = +(data.cookieDays as string) || 60;

/** Calls that wait for the script to begin. */
const queue: AgentLinksCommand[] = [];
/** Before this nothing is read, stored or sent. */
let started: boolean | undefined;
/** The code that this tab has reported last: a router that rewrites its URL makes no further landing. */
let landed: string | undefined;

/**
 * The code in the cookie, after setting `cookie` if there is one to set. Splitting by a pattern leaves its group at [1]:
 * shorter than a match and its null check. Adding to a string first makes a clobbered `document.cookie` harmless.
 */
const readCookie = (cookie?: string): string | undefined =>
  attempt(() => {
    if (cookie) dom.cookie = cookie;
    return ("; " + dom.cookie).split(/; agentlinks_ref=([\w-]{1,64})(;|$)/)[1];
  });

/**
 * Makes `ref` the only code; the empty string removes every code.
 *
 * The registrable domain is found by trying: from the shortest suffix up, browsers refuse public suffixes (`co.uk`,
 * `vercel.app`), and the first one kept is it. The empty domain comes last, for hosts that have none. Removing walks
 * the same list, so that a code left on another level cannot shadow the new one. Where the last attribute reads
 * "false", browsers ignore it as unknown.
 */
const writeCookie = (ref: string): void => {
  if (ref) writeCookie("");
  [data.cookieDomain, ...location.hostname.split(".").map((_, i, labels) => labels.slice(~i).join(".")), ""].some(
    (domain) =>
      readCookie(
        `agentlinks_ref=${ref};path=/;max-age=${ref ? days * 86_400 : 0};samesite=lax;domain=${domain};${location.protocol > "http:" && "secure"}`,
      ) == ref,
  );
};

/** The code, or null; for Stripe with the prefix that tells it from a merchant's own references. */
const getRef = (stripe?: unknown): string | null =>
  started && readCookie() ? (stripe ? "al-" : "") + readCookie() : null;

/**
 * Posts one event: the parsed answer on a 2xx, else null. Without a code no request is made. Never rejects: `answered`
 * runs in here, so that what it throws is caught too.
 */
const send = async (
  event: string,
  fields?: object,
  ref = getRef(),
  answered?: (answer: Answer) => void,
  answer: Answer | null = null,
) => {
  try {
    // Without a code or a tag something throws below: one way out less than asking for them.
    const response = (ref &&
      // Relative to the script's own URL: that is all of first-party mode.
      (await fetch(new URL("api/track/" + event, (tag as HTMLScriptElement).src), {
        method: "POST",
        // Outlives the page. Not sendBeacon: it sends credentials, and common block lists stop every cross-site one.
        keepalive: true,
        // On the merchant's own domain the browser would add the page's whole URL, which is nobody's business.
        referrerPolicy: "no-referrer",
        // A string without a content-type header goes out as text/plain, which needs no preflight.
        body: JSON.stringify({ ...fields, ref, app_id: data.appId }),
      }))) as Response;
    if (response.ok) {
      answer = await response.json();
      answered?.(answer as Answer);
    }
  } catch {
    // Offline, refused by a policy, an answer that is not JSON, fields that cannot be serialised: no news.
  }
  return answer as never;
};

/**
 * One landing: if the page's URL carries a code, the cookie and the click. The code is kept before any request, so that
 * nothing is lost if the page is left at once. `earlier` is the URL that the visitor came by, which a router may have
 * rewritten since; as a listener it gets an event, which holds no code.
 *
 * Last click wins, but a code the server does not know never evicts one: an earlier code stays until the click is
 * answered `tracked: true`. Anything but a 2xx is no news.
 */
const land = (url: unknown): void => {
  // What is not a code is ignored: sites use `?ref=` for other things. A fragment counts: some routers live there.
  const ref = (location + "&" + url).split(RegExp(`[?#&](${names.join("|")})=([\\w-]{1,64})(#|&|$)`))[2];
  const earlier = readCookie();
  const isOther = earlier && earlier != ref;
  const isKept = isOther && data.attribution == "first";
  if (!ref || ref == landed) return;
  landed = ref;
  if (!isOther) writeCookie(ref);
  // Browsers refuse a Lax cookie in a cross-site frame, and a frame without a cookie does not count.
  if (self == top || readCookie()) {
    void send(
      "click",
      {
        // Splitting gives the host without `new URL`, which throws for an empty referrer; undefined stays out of the JSON.
        referrer_host: attempt(() => dom.referrer.split("/")[2]),
        // In first-party mode the answer sets the cookie again, which then outlives Safari's limit for scripts.
        cookie: isKept ? null : { domain: data.cookieDomain, days },
      },
      ref,
      ({ tracked }) => {
        if (tracked) {
          // The page's last landing, unless the answer itself has set it. What was kept may have turned out to be unknown.
          if (isOther && landed == ref && (isKept ? !readCookie() : readCookie() != ref)) writeCookie(ref);
          sessionStorage.agentlinks_ref = ref;
        } else if (tracked == false && readCookie() == ref) writeCookie("");
      },
    );
  }
};

/** An element of Stripe's, with the reference that it has from us. */
type Referenced = Element & { al?: string | null };

/**
 * Gives the code to Stripe's elements, also when it is another one now, and to a link as it is clicked: Stripe's payment
 * links and those to the hosts of `data-domains`. Who has a reference of the merchant's keeps it. Without a code nothing is
 * looked for. A timer brings no event: that ends in `attempt`.
 */
const decorate = (event?: unknown): void =>
  attempt(() => {
    let i: unknown;
    if (getRef())
      dom
        .querySelectorAll("stripe-buy-button,stripe-pricing-table")
        .forEach(
          (element: Referenced) =>
            element.al == element.getAttribute("client-reference-id") &&
            element.al != getRef(1) &&
            element.setAttribute("client-reference-id", (element.al = getRef(1)) as string),
        );
    // Stripe's host is the first: its place, 0, tells it from the others.
    const link = (event as Event)
      .composedPath()
      .find(
        (node) =>
          ~(i = (("buy.stripe.com," + data.domains).match(/[^\s,]+/g) as string[]).indexOf(
            (node as HTMLAnchorElement).hostname,
          )),
      ) as HTMLAnchorElement;
    const part = "&" + (i ? names[0] : "client_reference_id") + "=";
    const query = link.search.replace("?", "&");
    const ref = getRef(!i);
    if (link.hostname != location.hostname && ref && !~query.indexOf(part)) link.search = (query + part + ref).slice(1);
  });

/** Begins once, unless it must not or the page is still being prerendered. Without a tag of ours it never comes to that. */
const begin = (): unknown =>
  dom.prerendering
    ? // The same listener added twice is added once: repeating is harmless.
      dom.addEventListener("prerenderingchange", api.consent)
    : started ||
      !tag ||
      ("respectGpc" in data && navigator.globalPrivacyControl) ||
      ((started = true),
      // A reload, or a site that carries its query string from page to page, is not another landing.
      (landed = readCookie() && attempt(() => sessionStorage.agentlinks_ref)),
      // The first entry is the navigation. Old engines have none, and a page may have a variable of that name.
      land(attempt(() => (performance.getEntries()[0] as PerformanceEntry).name)),
      queue.forEach(api.push),
      decorate(),
      dom.addEventListener("click", decorate, true),
      dom.addEventListener("auxclick", decorate, true),
      // Not a MutationObserver: on a page of 20,000 elements that costs half a millisecond a change.
      setInterval(decorate, 99),
      // Single-page apps. Not every engine has it: the last step, so that nothing is lost by its throwing.
      navigation.addEventListener("currententrychange", land));

const api: AgentLinks = {
  trackSignup: (fields) => send("signup", fields),
  trackConversion: (fields) => send("conversion", fields),
  getRef,
  consent: () => attempt(begin),
  // Runs a call, or keeps it. Unknown names and other oddities of page code end in `attempt`.
  push: (command) =>
    attempt<unknown>(() =>
      started || command[0] == "consent" ? api[command[0]](command[1] as never) : queue.push(command),
    ),
};

attempt(() => {
  const found = window.AgentLinks as Found | undefined;
  // A function, not just any value: `<form id=AgentLinks><input name=getRef>` must not switch the script off.
  if (found?.getRef?.call) return;
  window.AgentLinks = api;
  if (!("consent" in data)) api.consent();
  // Last, because nothing there, or whatever else, throws here.
  (found as Found).forEach(api.push);
});
