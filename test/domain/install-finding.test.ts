import { describe, expect, test } from "vitest";
import { refusingDirective } from "../../worker/domain/content-policy.ts";
import { findInstall } from "../../worker/domain/install-finding.ts";
import { tagsOf } from "../../worker/domain/page-tags.ts";

const APP = "app_V1StGXR8_Z5jdHi6B-myT";
const OTHER = "app_0000000000000000000-0";
const SRC = "https://links.example.test/agentlinks.js";
const TAG = `<script src="${SRC}" data-app-id="${APP}" async></script>`;
const PAGE = new URL("https://shop.example.test/");

describe("what a page says of the tag", () => {
  test.each([
    ["as it is offered", TAG],
    ["without quotes", `<script src=${SRC} data-app-id=${APP}></script>`],
    ["in capitals", `<SCRIPT SRC='${SRC}' DATA-APP-ID='${APP}'></SCRIPT>`],
    ["over several lines", `<script\n  src="${SRC}"\n  data-app-id="${APP}"\n></script>`],
    ["with an attribute that holds a >", `<script title="a > b" src="${SRC}" data-app-id="${APP}"></script>`],
    ["with a self-closing slash", `<script src="${SRC}" data-app-id="${APP}"/></script>`],
    ["from a path of its own", `<script src="/al/agentlinks.js" data-app-id="${APP}"></script>`],
    ["with a version", `<script src="${SRC}?v=1&amp;x=2" data-app-id="${APP}"></script>`],
    ["beside another app's", `${TAG.replace(APP, OTHER)}${TAG}`],
    ["after a comment that is not closed well", `<!-- > --><p>x</p>${TAG}`],
    ["after a script that writes one", `<script>document.write("<script src=x>")</script>${TAG}`],
  ])("found: %s", (_, tag) => {
    expect(find(tag)).toEqual({ kind: "found" });
  });

  test.each([
    ["nothing", "<p>Hello</p>", { kind: "no_tag", tagManager: false }],
    ["a comment", `<!-- ${TAG.replace(APP, OTHER)} -->`, { kind: "no_tag", tagManager: false }],
    ["another app's tag", TAG.replace(APP, OTHER), { kind: "other_app", appId: OTHER }],
    ["no app in it", `<script src="${SRC}"></script>`, { kind: "no_app_id" }],
    ["another script", `<script src="/app.js" data-app-id="${OTHER}"></script>`, { kind: "no_tag", tagManager: false }],
    [
      "Tag Manager",
      `<script src="https://www.googletagmanager.com/gtm.js?id=GTM-1"></script>`,
      { kind: "no_tag", tagManager: true },
    ],
    ["code that inserts it", `<script>s.src="${SRC}";s.dataset.appId="${APP}"</script>`, { kind: "in_code" }],
    ["a tag that never ends", `<script src="${SRC}" data-app-id="${OTHER}`, { kind: "no_tag", tagManager: false }],
  ])("%s", (_, html, finding) => {
    expect(find(html)).toEqual(finding);
  });

  test("an id that a stranger wrote is told in part", () => {
    const finding = find(TAG.replace(APP, "x".repeat(500)));
    expect(finding.kind === "other_app" && finding.appId).toHaveLength(64);
  });

  test("a policy that stops it, of a header or of the page itself", () => {
    expect(find(TAG, ["script-src 'self'"])).toEqual({
      kind: "blocked",
      directive: "script-src",
      origin: "https://links.example.test",
    });
    const meta = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src https:">`;
    expect(find(`${meta}${TAG}`)).toMatchObject({ kind: "blocked", directive: "default-src" });
  });
});

describe("a policy lets through", () => {
  test.each([
    ["script-src https://links.example.test; connect-src https://links.example.test", "both by host"],
    ["script-src links.example.test; connect-src links.example.test", "a host without a scheme"],
    ["script-src *.example.test; connect-src *.example.test", "names below one"],
    ["default-src https:", "a scheme"],
    ["default-src *", "everything"],
    ["default-src 'none'; script-src-elem https:; connect-src https:", "the narrower directive counts"],
    ["script-src https://links.example.test/agentlinks.js; connect-src https://links.example.test/api/", "by path"],
    ["default-src http://links.example.test:*", "http stands for https, and any port"],
    ["img-src 'none'", "it says nothing of scripts"],
    ["", "it says nothing at all"],
  ])("%s: %s", (policy) => {
    expect(find(TAG, [policy])).toEqual({ kind: "found" });
  });

  test("a script by its nonce, and strict-dynamic with it", () => {
    const tag = TAG.replace("<script ", '<script nonce="abc" ');
    const connect = "connect-src https://links.example.test";
    expect(find(tag, [`script-src 'nonce-abc'; ${connect}`])).toEqual({ kind: "found" });
    expect(find(tag, [`script-src 'strict-dynamic' 'nonce-abc'; ${connect}`])).toEqual({ kind: "found" });
    expect(find(tag, [`script-src 'strict-dynamic' 'nonce-xyz' https:; ${connect}`])).toMatchObject({
      kind: "blocked",
    });
    expect(find(TAG, [`script-src 'nonce-'; ${connect}`])).toMatchObject({ kind: "blocked" });
  });

  test("the page's own host, for a script from there", () => {
    const own = `<script src="/al/agentlinks.js" data-app-id="${APP}"></script>`;
    expect(find(own, ["default-src 'self'"])).toEqual({ kind: "found" });
  });
});

describe("a policy stops", () => {
  test.each([
    ["script-src 'self'", "script-src"],
    ["script-src 'none'", "script-src"],
    ["script-src", "script-src"],
    ["script-src-elem 'self'; script-src https:", "script-src-elem"],
    ["default-src 'self'", "default-src"],
    ["script-src https:; connect-src 'self'", "connect-src"],
    ["script-src https:; default-src 'none'", "default-src"],
    ["script-src *.links.example.test", "script-src"],
    ["script-src https://links.example.test:8443", "script-src"],
    ["script-src https://links.example.test/other/", "script-src"],
    ["script-src 'sha256-abc'", "script-src"],
    ["SCRIPT-SRC 'self'; script-src https:", "script-src"],
    ["default-src https:, script-src 'self'", "script-src"],
  ])("%s by %s", (policy, directive) => {
    expect(find(TAG, [policy])).toMatchObject({ kind: "blocked", directive });
  });

  test("what one of two headers forbids", () => {
    const request = { kind: "script", url: new URL(SRC), page: PAGE, nonce: null } as const;
    expect(refusingDirective(["script-src https:", "script-src 'self'"], request)).toBe("script-src");
  });
});

test.each([
  ["tags that never end", '<a b="'.repeat(80_000)],
  ["nothing but beginnings", "<".repeat(500_000)],
  ["names without end", "<a".repeat(250_000)],
  ["comments without end", "<!--".repeat(125_000)],
  ["scripts without end", "<script>".repeat(60_000)],
  ["attributes without end", `<a ${"b=c ".repeat(125_000)}`],
  ["blanks without end", `<a${" ".repeat(500_000)}`],
])("half a megabyte of %s is read through in no time", (_, html) => {
  const begun = performance.now();
  expect(tagsOf(html, ["script"]).length).toBeLessThanOrEqual(2_000);
  expect(performance.now() - begun).toBeLessThan(1_500);
});

function find(html: string, policies: readonly string[] = []) {
  return findInstall({ url: PAGE, html, policies }, APP);
}
