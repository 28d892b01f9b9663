import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { buildSnippet } from "../../build-snippet.mjs";
import { type BrowserOptions, launchBrowser, newVisitor } from "./browser.ts";
import { type RecordedRequest, type Recorder, startRecorder } from "./recorder.ts";

/** A merchant's site that carries the script, and one visitor of it: what every test of the script starts from. */

export const SHOP = "shop.example.test";
export const LINKS = "links.test";
export const APP = "app_demo";
const DAY_S = 86_400;

/** The text of agentlinks.js. */
export let script: string;
let browser: Browser;
export let recorder: Recorder;
export let context: BrowserContext;
export let page: Page;
/** What the visitor's pages threw, unhandled rejections included, and what they printed. */
let thrown: string[];
export let printed: string[];
/** The bodies of ingest requests as the browser made them: on several connections, the order of arrival may differ. */
export let issued: unknown[];

/** Opens the shop for each test of a file, with a new visitor. Whatever a test is about, nothing may be thrown into a page. */
export function openShopForEachTest(options: BrowserOptions = {}): void {
  beforeAll(async () => {
    [{ code: script }, browser] = await Promise.all([buildSnippet(), launchBrowser(options)]);
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    recorder = await startRecorder(script);
    thrown = [];
    printed = [];
    issued = [];
    await arriveAs({});
  });

  afterEach(async () => {
    await context.close();
    await recorder.close();
    // AL-s1 holds in every test of the script.
    expect(thrown).toEqual([]);
  });
}

/** Another visitor instead of the one before. */
async function arriveAs(options: BrowserContextOptions): Promise<void> {
  await context?.close();
  context = await newVisitor(browser, options);
  context.on("weberror", (error) => thrown.push(error.error().message));
  context.on("console", (message) => printed.push(message.text()));
  context.on("request", (request) => request.url().includes("/api/track/") && issued.push(request.postDataJSON()));
  page = await context.newPage();
}

export function shop(path: string): string {
  return `http://${SHOP}:${recorder.port}${path}`;
}

export function links(path: string): string {
  return `http://${LINKS}:${recorder.port}${path}`;
}

export function tag(attributes = ""): string {
  return `<script src="${links("/agentlinks.js")}" data-app-id="${APP}" ${attributes}></script>`;
}

/** The line that merchants paste, once per call. */
export function queued(...commands: readonly string[]): string {
  const lines = commands.map((command) => `(window.AgentLinks=window.AgentLinks||[]).push(${command});`);
  return `<script>${lines.join("")}</script>`;
}

export function html(head: string, main = ""): string {
  return `<!doctype html><html><head><meta charset="utf-8">${head}</head><body>${main}</body></html>`;
}

export interface Visit {
  readonly head?: string;
  readonly main?: string;
  readonly host?: string;
}

/** Opens a page of the merchant's, loaded completely, with our tag unless told otherwise. */
export async function open(path: string, { head = tag(), main = "", host = SHOP }: Visit = {}): Promise<void> {
  recorder.servePage(new URL(path, shop("/")).pathname, html(head, main));
  await page.goto(`http://${host}:${recorder.port}${path}`);
}

/** Opens a page whose URL carries a code: resolves when its click is answered and the script has acted on that. */
export async function land(path: string, head = tag()): Promise<void> {
  await Promise.all([answered(), open(path, { head })]);
  await settle();
}

/** Resolves when the next click is over, answered or failed. */
export function answered(): Promise<void> {
  return new Promise((resolve) => {
    const look = (request: Request): void => {
      if (isClick(request)) resolve();
    };
    context.on("requestfinished", look);
    context.on("requestfailed", look);
  });
}

export function isClick(request: Request): boolean {
  return request.url().endsWith("/api/track/click");
}

/**
 * Resolves when everything the page had asked of AgentLinks has arrived: a request of the page's own, to the same
 * server, has gone there and back after it.
 */
export async function settle(): Promise<void> {
  await page.evaluate(sentinel());
}

export function sentinel(): string {
  return `fetch("${links("/sentinel")}").then(() => null)`;
}

/** Answers the visitor's https requests from the recorder: the browser sees https, and no certificate is needed. */
export async function serveHttps(): Promise<void> {
  await context.route(/^https:/, async (route) => {
    const url = new URL(route.request().url());
    const headers = { ...route.request().headers(), host: url.host };
    const target = `http://127.0.0.1:${recorder.port}${url.pathname}`;
    // A test that ends in the middle of a request closes the visitor's browser: nobody waits for that answer.
    const answer = route.fetch({ url: target, headers }).then((response) => route.fulfill({ response }));
    await answer.catch(() => {});
  });
}

export async function cookies(): Promise<readonly Cookie[]> {
  return (await context.cookies()).filter(({ name }) => name === "agentlinks_ref");
}

/** The code in the visitor's one cookie; null without a cookie. */
export async function code(): Promise<string | null> {
  const found = await cookies();
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value ?? null;
}

export async function withEarlierCode(value: string, daysLeft: number): Promise<void> {
  const expires = Date.now() / 1000 + daysLeft * DAY_S;
  await context.addCookies([
    { name: "agentlinks_ref", value, domain: ".example.test", path: "/", sameSite: "Lax", expires },
  ]);
}

/** Matches an end of a cookie `days` from now, give or take 50 s. */
export function inDays(days: number): unknown {
  return expect.closeTo(Date.now() / 1000 + days * DAY_S, -2);
}

export function body(request: RecordedRequest | undefined): unknown {
  return JSON.parse(request?.body ?? "null");
}

/** What the body of a click is, unless something is special about it. */
export function clickOf(ref: string) {
  return { ref, app_id: APP, cookie: { days: 60 } };
}

/** The bodies of all ingest requests so far. */
export function bodies(): readonly unknown[] {
  return recorder.tracked().map(body);
}

/**
 * These ingest requests were made, one after the other, and none besides: waits for as many, then for what may follow.
 * Of those made in one breath only `issued` knows the order.
 */
export async function expectSent(...expected: readonly unknown[]): Promise<void> {
  await recorder.arrived(expected.length);
  await settle();
  expect(bodies()).toEqual(expected);
  // On another connection one more may be under way: the browser has told of it by now.
  expect(issued.length).toBeLessThanOrEqual(expected.length);
}

export function lastTo(path: string): RecordedRequest {
  const found = recorder.requests.findLast((request) => request.path === path);
  if (!found) throw new Error(`no request to ${path}`);
  return found;
}

/** In the page, before anything else: notes how fetch is called with options. */
export const RECORD_FETCH = `
  window.fetched = [];
  const original = window.fetch;
  window.fetch = (url, options) => {
    if (options) window.fetched.push({ keepalive: options.keepalive, headers: options.headers ?? null });
    return original(url, options);
  };`;
