import { type IncomingHttpHeaders, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { jsonOf, type NodeDoor, startNodeDoor } from "./node-door.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { tempFolder } from "./temp-folder.ts";

/** The placeholder of the documentation, which a recipe has in place of the links host. */
export const LINKS = "https://links.example.com";

interface Recipe {
  /** Runs the documented code in front of the links host at `links` until the test is over; answers the site's URL. */
  readonly start: (links: string) => Promise<string>;
  /** What the platform in front of the recipe says of a request from the visitor at `address`. */
  readonly visitorAt: (address: string) => Readonly<Record<string, string>>;
  /** Whether it refuses too large a body itself, without asking the links host, which does so too. */
  readonly limitsBodies: boolean;
}

const SHOP = "https://shop.example";
const CLICK = "/_al/api/track/click";
const DAY_S = 86_400;

/** What a browser adds to the script's call; `fetch` would not let a test say it. */
const FROM_THE_PAGE = {
  Host: "shop.example",
  Origin: SHOP,
  "Content-Type": "text/plain;charset=UTF-8",
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
  "User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.2 Safari/605.1.15",
};

/** Every recipe for first-party mode passes these tests. */
export function passesAsFirstParty({ start, visitorAt, limitsBodies }: Recipe): void {
  test("AL-s4 the script comes from the site's own path, and may be kept", async () => {
    const door = await startDoor();
    const site = await start(door.url);
    const original = await fetch(`${door.url}/agentlinks.js`);
    const script = await fetch(`${site}/_al/agentlinks.js`);
    expect([script.status, await script.text()]).toEqual([200, await original.text()]);
    for (const name of ["Content-Type", "Cache-Control", "ETag"]) {
      expect([name, script.headers.get(name)]).toEqual([name, original.headers.get(name)]);
    }
    const headers = { "If-None-Match": script.headers.get("ETag") ?? "" };
    expect((await fetch(`${site}/_al/agentlinks.js`, { headers })).status).toBe(304);
  });

  test("AL-s4 a click is counted once per visitor and answered with the cookie for 60 days", async () => {
    const door = await startDoor();
    const site = await start(door.url);
    const body = { ref: "demo42", app_id: door.dev().demo.appId, cookie: { days: 60, domain: "shop.example" } };
    for (const address of ["203.0.113.7", "203.0.113.8", "203.0.113.7"]) {
      const click = await send(site + CLICK, { headers: { ...FROM_THE_PAGE, ...visitorAt(address) }, body });
      expect(click).toMatchObject({ status: 202, body: '{"tracked":true}' });
      expect(click.headers["set-cookie"]).toEqual([
        `agentlinks_ref=demo42; Max-Age=${60 * DAY_S}; Domain=shop.example; Path=/; Secure; SameSite=Lax`,
      ]);
    }
    expect(await clicksOf(door)).toBe(2);
  });

  test("AL-s4 the links host hears of page and visitor, and nothing of the site's cookies and keys", async () => {
    const links = await startLinks();
    const site = await start(`http://127.0.0.1:${links.port}`);
    const secrets = { Cookie: "session=secret", Authorization: "Bearer secret" };
    const body = { ref: "demo42", cookie: { days: 60 } };
    await send(site + CLICK, { headers: { ...FROM_THE_PAGE, ...secrets, ...visitorAt("203.0.113.7") }, body });
    await send(`${site}/_al/agentlinks.js`, { headers: { ...secrets, ...visitorAt("203.0.113.7") } });
    const [click, script] = links.requests;
    expect(click).toMatchObject({ method: "POST", body: JSON.stringify(body) });
    expect(click?.headers).toMatchObject({
      origin: SHOP,
      "content-type": FROM_THE_PAGE["Content-Type"],
      "sec-fetch-dest": "empty",
      "sec-fetch-site": "same-origin",
      "user-agent": FROM_THE_PAGE["User-Agent"],
      "x-forwarded-for": "203.0.113.7",
    });
    for (const heard of [click, script]) {
      expect(heard?.headers).toBeDefined();
      expect(heard?.headers).not.toHaveProperty("authorization");
      expect(heard?.headers).not.toHaveProperty("cookie");
    }
  });

  test("AL-s4 nothing else of the links host is behind the path", async () => {
    const door = await startDoor();
    const site = await start(door.url);
    const { secretKey } = door.dev().demo;
    for (const path of ["/_al/", "/_al/demo", "/_al/api/v1/app", "/_al/../api/v1/app", "/_al/%2e%2e/api/v1/app"]) {
      const { status } = await send(site + path, { headers: { Authorization: `Bearer ${secretKey}` } });
      expect([path, status]).toEqual([path, 404]);
    }
  });

  test("AL-s4 a body that no call has is refused", async () => {
    const site = await start(limitsBodies ? `http://127.0.0.1:${(await startLinks()).port}` : (await startDoor()).url);
    const body = { ref: "demo42", padding: "x".repeat(17 * 1024) };
    expect((await send(site + CLICK, { headers: FROM_THE_PAGE, body })).status).toBe(413);
  });
}

/** The links host: the built product with its demo app, in a process of its own. */
export async function startDoor(): Promise<NodeDoor> {
  const door = await startNodeDoor(tempFolder());
  onTestFinished(async () => void (await door.stop("SIGTERM")));
  return door;
}

/** A links host that records what it hears and takes everything. */
async function startLinks(): Promise<Recorder> {
  const links = await startRecorder("");
  onTestFinished(() => links.close());
  return links;
}

/** How many clicks the demo's creator has had. */
export async function clicksOf(door: NodeDoor): Promise<number> {
  const read = async (path: string) => {
    const headers = { Authorization: `Bearer ${door.dev().demo.secretKey}` };
    return jsonOf(await fetch(`${door.url}/api/v1/affiliates${path}`, { headers }));
  };
  const { affiliates } = await read("");
  const { days } = await read(`/${affiliates[0].id}/stats`);
  return days.reduce((sum: number, day: { clicks: number }) => sum + day.clicks, 0);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request with exactly these headers, and this path, dots and all. */
function send(
  url: string,
  { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown },
): Promise<Answer> {
  const [, origin = "", path = "/"] = /^(https?:\/\/[^/]+)(\/.*)$/.exec(url) ?? [];
  return new Promise((resolve, reject) => {
    const outgoing = request(origin, { path, headers, method: body === undefined ? "GET" : "POST" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.once("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
