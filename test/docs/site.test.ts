import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { renderGuide } from "../../build-guides.mjs";
import { GUIDES, REFERENCE } from "../../worker/texts/docs.ts";
import { createWorld, type World } from "../support/world.ts";

const SLUGS = GUIDES.flatMap(({ guides }) => guides.map(({ slug }) => slug));
const PATHS = ["/docs", ...SLUGS.map((slug) => `/docs/${slug}`)];

let world: World;
const pages = new Map<string, string>();
beforeAll(async () => {
  world = await createWorld();
  for (const path of PATHS) pages.set(path, await textOf(path));
});

describe("the pages of the documentation", () => {
  test("R-docs are the files of docs/, each once, under its own title, with another sentence for each", () => {
    const files = readdirSync("docs").filter((name) => name.endsWith(".md"));
    const named = files.map((name) => name.replace(/\.md$/, ""));
    expect(SLUGS.toSorted()).toEqual([...named, REFERENCE].toSorted());
    for (const slug of named) {
      const [, title] = /^# (.*)$/m.exec(readFileSync(`docs/${slug}.md`, "utf8")) ?? [];
      const html = pages.get(`/docs/${slug}`) ?? "";
      expect([slug, titlesOf(html)]).toEqual([slug, [title, `${title} – AgentLinks`]]);
    }
    const guides = GUIDES.flatMap((group) => group.guides);
    for (const word of ["label", "says"] as const) {
      expect(new Set(guides.map((guide) => guide[word])).size).toBe(guides.length);
    }
    for (const { slug, label, says } of guides) {
      expect(pages.get("/docs")).toContain(
        `<a href="/docs/${slug}">${label}</a></h3><p>${says.replaceAll("'", "&#39;")}`,
      );
    }
  });

  test("R-docs have headings that skip no level", () => {
    const skipping = [...pages].filter(([, html]) => {
      const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
      return levels.some((level, at) => level > (levels[at - 1] ?? 0) + 1);
    });
    expect(skipping.map(([path]) => path)).toEqual([]);
  });

  test("R-docs lead nowhere that is not there: every link, anchor, image, stylesheet and script of them", async () => {
    const broken: string[] = [];
    const answers = new Map<string, Promise<number>>();
    for (const [page, html] of pages) {
      for (const target of targetsOf(html)) {
        const [path = "", anchor] = target.startsWith("#") ? [page, target.slice(1)] : target.split("#");
        const status = answers.get(path) ?? world.request(path).then((answer) => answer.status);
        answers.set(path, status);
        const isThere = [200, 303].includes(await status);
        const hasAnchor = anchor === undefined || pages.get(path)?.includes(` id="${decodeURIComponent(anchor)}"`);
        if (!isThere || hasAnchor !== true) broken.push(`${page}: ${target}`);
      }
    }
    expect(answers.size).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  test("R-docs are the same for everybody, and an unchanged one is told so, under the policy of the page", async () => {
    const path = "/docs/money";
    const first = await world.request(path);
    const tag = first.headers.get("ETag") ?? "";
    expect([first.headers.get("Cache-Control"), tag]).toEqual(["public, max-age=300", expect.stringMatching(/^W\/"/)]);
    expect(first.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
    const signedIn = { Cookie: "__Host-al_session=somebody", "Accept-Language": "de" };
    expect(await (await world.request(path, { headers: signedIn })).text()).toBe(pages.get(path));
    const again = await world.request(path, { headers: { "If-None-Match": tag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    for (const name of ["ETag", "Cache-Control", "Content-Security-Policy", "Referrer-Policy"]) {
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    }
    const head = await world.request(path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("R-docs say the installation's own address where the guides say an example's", () => {
    const script = pages.get("/docs/script");
    expect(script).toContain("&lt;script src=&quot;https://links.example.test/agentlinks.js&quot; data-app-id=");
    expect([...pages.values()].filter((html) => html.includes("https://links.example.com"))).toEqual([]);
  });

  test("R-docs are not there where nothing was built", async () => {
    const bare = await createWorld({ files: { read: async () => null } });
    for (const path of ["/docs", "/docs/money", "/docs/reference", "/docs/files/docs.css", "/openapi.json"]) {
      expect([path, (await bare.request(path)).status]).toEqual([path, 404]);
    }
  });
});

describe("the files of the documentation", () => {
  test("R-docs have their hash in their names and are kept for a year; images for a day; the terms of what is not ours are there", async () => {
    const [sheet = ""] = /\/docs\/files\/docs\.[0-9a-f]{12}\.css/.exec(pages.get("/docs") ?? "") ?? [];
    const answer = await world.request(sheet);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/css; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
    const headers = { "If-None-Match": `"another", W/${answer.headers.get("ETag")}` };
    expect((await world.request(sheet, { headers })).status).toBe(304);
    const terms = await world.request("/docs/files/viewer.LICENSE.txt");
    expect([terms.headers.get("Content-Type"), await terms.text()]).toEqual([
      "text/plain; charset=utf-8",
      expect.stringContaining("Apache License"),
    ]);
    const image = await world.request("/docs/images/owner.png");
    expect([image.status, image.headers.get("Content-Type"), image.headers.get("Cache-Control")]).toEqual([
      200,
      "image/png",
      "public, max-age=86400",
    ]);
    expect(Buffer.from(await image.arrayBuffer())).toEqual(readFileSync("docs/images/owner.png"));
  });

  test("R-docs the description of the API is for every site, and is told when it is unchanged", async () => {
    const body = new TextEncoder().encode('{"openapi":"3.1.0"}');
    const read = async (path: string) =>
      path === "openapi.json" ? { body, type: "application/json", etag: '"one"' } : null;
    const { request } = await createWorld({ files: { read } });
    const answer = await request("/openapi.json");
    expect(await answer.json()).toEqual({ openapi: "3.1.0" });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      etag: '"one"',
    });
    expect((await request("/openapi.json", { headers: { "If-None-Match": 'W/"one"' } })).status).toBe(304);
    expect((await request("/openapi.json", { headers: { "If-None-Match": '"two"' } })).status).toBe(200);
    expect((await request("/openapi.json", { method: "POST" })).status).toBe(405);
  });
});

describe("a guide as a page", () => {
  test.each([
    [
      "HTML is text",
      "a <b>c</b> <script>x</script>",
      /<p>a &lt;b&gt;c&lt;\/b&gt; &lt;script&gt;x&lt;\/script&gt;<\/p>/,
    ],
    ["a comment is for whoever edits", "<!-- size -->4,953<!-- /size --> bytes", /^<p>4,953 bytes<\/p>/],
    ["a comment in code is code", "```\n<!-- kept -->\n```", /<code>&lt;!-- kept --&gt;<\/code>/],
    ["another guide", "[x](api.md#limits)", /<a href="\/docs\/api#limits">x<\/a>/],
    ["an image", "![A page](images/owner.png)", /<img src="\/docs\/images\/owner\.png" alt="A page"/],
    ["a script as a link", "[x](javascript:alert)", /^<p>\[x\]\(javascript:alert\)<\/p>/],
    ["code to take away", "```sh\na && b\n```", /data-copy="a &amp;&amp; b" data-copied="Copied"/],
    [
      "what code says and remarks is told apart",
      '```js\na("b"); // "c"\n```',
      /<code>a\(<span class="said">&quot;b&quot;<\/span>\); <span class="remark">\/\/ &quot;c&quot;<\/span><\/code>/,
    ],
    [
      "an address in code is no remark",
      "```sh\ncurl https://x#y # z\n```",
      /<code>curl https:\/\/x#y <span class="remark"># z<\/span><\/code>/,
    ],
    ["a head of nothing is none", "| | b |\n|---|---|\n| c | d |", /<td><\/td>\s*<th>b<\/th>/],
    [
      "what scrolls has a name",
      "| a |\n|---|\n| b |",
      /<div class="scroll" tabindex="0" role="group" aria-label="Table: Title">/,
    ],
  ])("%s", (_, source, html) => {
    expect(renderGuide(`# Title\n\n${source}`, { repository: null }).html).toMatch(html);
  });

  test("headings have the ids that they have in the repository, so that an anchor holds in both places", () => {
    const source = "# T\n\n## Tracking: `POST /api/track/…`\n\n### The platform's fee\n\n## A, b\n\n## A b";
    const { headings, html } = renderGuide(source, { repository: null });
    expect(headings.map(({ id, level }) => [id, level])).toEqual([
      ["tracking-post-apitrack", 2],
      ["the-platforms-fee", 3],
      ["a-b", 2],
      ["a-b-1", 2],
    ]);
    expect(html).toContain('<h2 id="a-b-1">A b</h2>');
  });

  test("a file of the repository is linked where it is known where that is, and is plain text otherwise", () => {
    const source = "# T\n\n[the *schema*](../schema/README.md#x), [api](api.md)";
    expect(renderGuide(source, { repository: null }).html).toBe(
      '<p>the <em>schema</em>, <a href="/docs/api">api</a></p>\n',
    );
    expect(renderGuide(source, { repository: "https://git.example.test/o/n" }).html).toContain(
      '<a href="https://git.example.test/o/n/blob/HEAD/schema/README.md#x">',
    );
  });

  test("one that links what is not in docs/, or has no title, is not built", () => {
    for (const source of ["# T\n\n[x](README)", "# T\n\n![x](owner.png)", "Text", "## Two"]) {
      expect(() => renderGuide(source, { repository: null })).toThrow("a guide");
    }
  });
});

async function textOf(path: string): Promise<string> {
  const answer = await world.request(path);
  return answer.status === 200 ? answer.text() : `${path} is not there`;
}

function titlesOf(html: string): readonly (string | undefined)[] {
  return [plain(/<h1>(.*?)<\/h1>/.exec(html)?.[1]), plain(/<title>(.*?)<\/title>/.exec(html)?.[1])];
}

function plain(html: string | undefined): string | undefined {
  return html?.replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** Where a page leads on this installation, and what it loads. */
function targetsOf(html: string): ReadonlySet<string> {
  const targets = [...html.matchAll(/ (?:href|src)="([/#][^"]*)"/g)].map(([, target = ""]) => target);
  return new Set(targets);
}
