import type { Context } from "hono";
import { createContext, type Child } from "hono/jsx";
import { raw } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Person } from "../../services/accounts/person.ts";
import { assetUrl } from "../assets.ts";
import { COMMON } from "../../texts/common.ts";
import type { PageEnv } from "../context.ts";
import { Logo } from "./icons.tsx";
import { Tabs, type Tab } from "./tabs.tsx";

/** What a page is beside its content. */
export interface PageHead {
  /** The heading of the page; the window's title says it first. */
  readonly title: string;
  /** A sentence below the heading. */
  readonly lead?: Child;
  /** What stands beside the heading: links and buttons. */
  readonly actions?: Child;
  /** The app it belongs to, with the links between its pages. */
  readonly within?: { readonly name: string; readonly href: string; readonly tabs: readonly Tab[] };
  /** Links between pages of one tab. */
  readonly subtabs?: readonly Tab[];
  /** `narrow`: one small form. `text`: to be read. `guide`: to be read, with a list of its parts. */
  readonly shape?: "narrow" | "text" | "guide";
  /** True for a page with a `<Chart>`. */
  readonly chart?: boolean;
  /** Links that stand beside the whole page. */
  readonly side?: Child;
  /** Addresses of stylesheets and scripts of this page alone. */
  readonly loads?: { readonly styles: readonly string[]; readonly scripts: readonly string[] };
}

/** What a form proves its page with: read by `<Form>`. */
export const FormContext = createContext<{ readonly csrf: string }>({ csrf: "" });

/** Whether an app's pages for managing its creators are there for who reads the page: no link leads to what is not. */
export const AffiliatesContext = createContext(true);

/** Answers a whole page. `content` is what stands below its heading. */
export function page(
  c: Context<PageEnv>,
  head: PageHead,
  content: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  return c.html(
    <>
      {raw("<!doctype html>")}
      <FormContext.Provider value={{ csrf: c.get("csrf") ?? "" }}>
        <AffiliatesContext.Provider value={c.get("managesAffiliates") ?? true}>
          <Document c={c} head={head}>
            {content}
          </Document>
        </AffiliatesContext.Provider>
      </FormContext.Provider>
    </>,
    status,
  );
}

function Document({ c, head, children }: { c: Context<PageEnv>; head: PageHead; children?: Child }) {
  const { title, within, side, chart = false, loads = NOTHING } = head;
  const names = [title, ...(within === undefined ? [] : [within.name]), COMMON.product];
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{names.join(" – ")}</title>
        <link rel="icon" href={assetUrl("icon.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetUrl("page.css")} />
        {chart ? <link rel="stylesheet" href={assetUrl("chart.css")} /> : null}
        {loads.styles.map((href) => (
          <link rel="stylesheet" href={href} />
        ))}
        <script src={assetUrl("page.js")} type="module"></script>
        {chart ? <script src={assetUrl("chart.js")} type="module"></script> : null}
        {loads.scripts.map((src) => (
          <script src={src} defer></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          {COMMON.skip}
        </a>
        <Bar c={c} within={within} />
        {side === undefined ? (
          <Main head={head}>{children}</Main>
        ) : (
          <div class="wide sided">
            {side}
            <Main head={head}>{children}</Main>
          </div>
        )}
        <footer>
          <div class="wide">
            <span>
              {COMMON.product}: {COMMON.footer}
            </span>
            <a href="/docs">{COMMON.docs}</a>
          </div>
        </footer>
        <p id="status" class="unseen" role="status"></p>
      </body>
    </html>
  );
}

const NOTHING: NonNullable<PageHead["loads"]> = { styles: [], scripts: [] };

function Main({ head, children }: { head: PageHead; children?: Child }) {
  const { title } = head;
  return (
    <main id="content" class={head.shape === undefined ? "wide" : `wide ${head.shape}`} tabindex={-1}>
      {head.subtabs === undefined ? null : (
        <nav class="subtabs" aria-label={title}>
          <Tabs tabs={head.subtabs} />
        </nav>
      )}
      <div class="title">
        <div>
          <h1>{title}</h1>
          {head.lead === undefined ? null : <p>{head.lead}</p>}
        </div>
        {head.actions === undefined ? null : <div class="row">{head.actions}</div>}
      </div>
      {children}
    </main>
  );
}

function Bar({ c, within }: { c: Context<PageEnv>; within: PageHead["within"] }) {
  const person = c.get("person") ?? null;
  const { pathname } = new URL(c.req.url);
  return (
    <header class="bar">
      <div class="wide top">
        <a class="brand" href="/">
          <Logo />
          {COMMON.product}
        </a>
        {person === null ? null : <Places person={person} pathname={pathname} />}
        <div class="person">
          {person === null ? (
            pathname.startsWith("/signin") ? null : (
              <a href="/signin">{COMMON.signIn}</a>
            )
          ) : (
            <a href="/account" title={COMMON.account}>
              <span class="mail">{person.email}</span>
            </a>
          )}
        </div>
      </div>
      {within === undefined ? null : (
        <nav class="wide within" aria-label={COMMON.within(within.name)}>
          <a class="name" href={within.href}>
            {within.name}
          </a>
          <Tabs tabs={within.tabs} />
        </nav>
      )}
    </header>
  );
}

/** What is not there for somebody is not offered to them. */
function Places({ person, pathname }: { person: Person; pathname: string }) {
  const places = [
    ...(person.hasPrograms ? [{ href: "/referrals", label: COMMON.programs }] : []),
    ...(person.hasApps ? [{ href: "/apps", label: COMMON.apps }] : []),
    ...(person.hasConsole ? [{ href: "/settings/affiliates", label: COMMON.console }] : []),
  ];
  if (places.length === 0) return null;
  return (
    <nav class="places" aria-label={COMMON.places}>
      <ul>
        {places.map(({ href, label }) => (
          <li>
            <a href={href} aria-current={isBelow(pathname, href) ? "true" : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function isBelow(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`);
}
