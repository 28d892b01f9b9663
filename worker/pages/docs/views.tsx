import type { Context } from "hono";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { GuideHeading, GuidePage } from "../../services/docs/read-guide.ts";
import { DOCS, type Guide, GUIDES, REFERENCE } from "../../texts/docs.ts";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";

/** Every guide with what it is good for. */
export function indexPage(c: Context<PageEnv>, loads: GuidePage): Response | Promise<Response> {
  return page(
    c,
    { title: DOCS.title, lead: DOCS.lead, loads, side: <Side current={null} /> },
    <div class="shelves">
      {GUIDES.map(({ name, guides }) => (
        <section aria-labelledby={idOf(name)}>
          <h2 id={idOf(name)}>{name}</h2>
          <ul role="list" class="shelf">
            {guides.map(({ slug, label, says }) => (
              <li class="card">
                <h3>
                  <a href={hrefOf(slug)}>{label}</a>
                </h3>
                <p>{says}</p>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>,
  );
}

/** A guide between the list of all and the list of its parts. */
export function guidePage(
  c: Context<PageEnv>,
  { slug, guide }: { readonly slug: string; readonly guide: GuidePage },
): Response | Promise<Response> {
  return page(
    c,
    { title: guide.title, loads: guide, side: <Side current={slug} />, shape: "guide" },
    <>
      {guide.headings.length === 0 ? null : (
        <Folding label={DOCS.onThisPage} name="toc">
          <Parts headings={guide.headings} />
        </Folding>
      )}
      <article class="prose">{raw(guide.html)}</article>
      <Turn slug={slug} />
    </>,
  );
}

/** Where the viewer shows what /openapi.json says. */
export function referencePage(c: Context<PageEnv>, loads: GuidePage): Response | Promise<Response> {
  const words = DOCS.reference;
  const actions = (
    <a class="button quiet slim" href="/openapi.json">
      {words.document}
    </a>
  );
  return page(
    c,
    { title: words.title, lead: words.lead, actions, loads, side: <Side current={REFERENCE} /> },
    <>
      <noscript>
        <p class="notice wait">
          {words.noScript} <a href="/docs/api">{words.guide}</a>
        </p>
      </noscript>
      <div
        id="reference"
        data-calls={words.calls}
        data-secret-key={words.keys.secretKey}
        data-operator-key={words.keys.operatorKey}
        data-affiliate-token={words.keys.affiliateToken}
        data-account-token={words.keys.accountToken}
        data-optional={words.optional}
        data-choice={words.choice}
        data-schema={words.schema}
        data-failed={words.failed}
      ></div>
      <Turn slug={REFERENCE} />
    </>,
  );
}

function Side({ current }: { current: string | null }) {
  return (
    <div class="side">
      <Folding label={DOCS.guides} name="guides">
        <a class="all" href="/docs" aria-current={current === null ? "page" : undefined}>
          {DOCS.title}
        </a>
        {GUIDES.map(({ name, guides }) => (
          <>
            <p>{name}</p>
            <ul role="list">
              {guides.map(({ slug, label }) => (
                <li>
                  <a href={hrefOf(slug)} aria-current={slug === current ? "page" : undefined}>
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </Folding>
    </div>
  );
}

/** Links that stand open where there is room for them, else behind their name: without a script no width opens a `<details>`. */
function Folding({ label, name, children }: { label: string; name: string; children?: Child }) {
  return (
    <>
      <nav class={`unfolded ${name}`} aria-label={label}>
        <p class="heading">{label}</p>
        {children}
      </nav>
      <details class={`folded ${name}`}>
        <summary>{label}</summary>
        <nav aria-label={label}>{children}</nav>
      </details>
    </>
  );
}

function Parts({ headings }: { headings: readonly GuideHeading[] }) {
  return (
    <ul role="list">
      {headings.map(({ id, text, level }) => (
        <li class={level > 2 ? "deeper" : undefined}>
          <a href={`#${id}`}>{text}</a>
        </li>
      ))}
    </ul>
  );
}

function Turn({ slug }: { slug: string }) {
  const all = GUIDES.flatMap(({ guides }) => guides);
  const at = all.findIndex((guide) => guide.slug === slug);
  return (
    <nav class="turn" aria-label={DOCS.turn}>
      <Neighbour guide={all[at - 1]} word={DOCS.previous} />
      <Neighbour guide={all[at + 1]} word={DOCS.next} />
    </nav>
  );
}

function Neighbour({ guide, word }: { guide: Guide | undefined; word: string }) {
  if (guide === undefined) return <span></span>;
  return (
    <a href={hrefOf(guide.slug)}>
      <span class="soft small">{word}</span>
      {guide.label}
    </a>
  );
}

function hrefOf(slug: string): string {
  return `/docs/${slug}`;
}

function idOf(group: string): string {
  return group.toLowerCase();
}
