import { describe, expect, test } from "vitest";
import type { SqlValue } from "../../worker/store/db.ts";
import { rowsOf } from "../support/dump.ts";
import { codeFor, openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type World } from "../support/world.ts";

const MARA = "mara@example.test";
const NOAH = "noah@example.test";
const OPERATOR = "operator@example.test";
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SESSION = "__Host-al_session";
const FLOW = "__Host-al_signin";
const KNOWN = "__Host-al_known";

describe("signing in", () => {
  test("R-signin a code that was mailed opens a session, and leads to where somebody wanted to go", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    expect((await browser.get("/account")).location).toBe("/signin?next=%2Faccount");
    expect((await browser.get("/signin?next=%2Faccount")).text).toContain('name="next" value="/account"');
    const asked = await browser.post("/signin", { email: " Mara@Example.test ", next: "/account" });
    expect(asked).toMatchObject({ status: 303, location: "/signin/code" });
    const page = await browser.get("/signin/code");
    expect(page.text).toMatch(/<input[^>]*inputmode="numeric"[^>]*autocomplete="one-time-code"/);
    expect(page.text).toContain(MARA);
    const typed = codeFor(world, MARA).replace(/^(...)/, " $1-");
    expect(await browser.post("/signin/code", { code: typed })).toMatchObject({ status: 303, location: "/account" });
    const account = await browser.get("/account");
    expect([account.status, account.text.includes(MARA)]).toEqual([200, true]);
  });

  test("R-signin whether somebody is known changes nothing of the answers", async () => {
    const world = await createWorld();
    await openVisitor(world).signIn(MARA);
    const [known, unknown] = [openVisitor(world), openVisitor(world)];
    const answers = [];
    for (const [browser, email] of [
      [known, MARA],
      [unknown, NOAH],
    ] as const) {
      const asked = await browser.post("/signin", { email });
      const page = await browser.get("/signin/code");
      const wrong = await browser.post("/signin/code", { code: "000000" });
      answers.push([asked.status, asked.location, page.text, wrong.status, wrong.text].join().replaceAll(email, "E"));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  test("R-signin five wrong guesses end a code; the sixth is refused though it is right, and a new code works", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.post("/signin", { email: MARA });
    const code = codeFor(world, MARA);
    for (let guess = 0; guess < 5; guess++) expect(await enter(browser, otherThan(code))).toBe(400);
    expect(await enter(browser, code)).toBe(400);
    expect(browser.cookies.has(SESSION)).toBe(false);
    await browser.signIn(MARA);
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-signin four wrong guesses do not", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.post("/signin", { email: MARA });
    const code = codeFor(world, MARA);
    for (let guess = 0; guess < 4; guess++) expect(await enter(browser, otherThan(code))).toBe(400);
    expect(await enter(browser, code)).toBe(303);
  });

  test("R-signin a code ends after 10 minutes", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.post("/signin", { email: MARA });
    const [row] = await rowsOf(world.db, "verifications");
    const lives = Number(row?.["expires_at"]) - Number(row?.["created_at"]);
    expect(Math.abs(lives - 10 * MINUTE_MS)).toBeLessThan(5_000);
    await change(world, "UPDATE verifications SET expires_at = expires_at - ?1", BigInt(10 * MINUTE_MS + 1));
    expect(await enter(browser, codeFor(world, MARA))).toBe(400);
  });

  test("R-signin a code is its own mailbox's alone, and good once", async () => {
    const world = await createWorld();
    const [mara, noah] = [openVisitor(world), openVisitor(world)];
    await mara.post("/signin", { email: MARA });
    await noah.post("/signin", { email: NOAH });
    expect(await enter(noah, codeFor(world, MARA))).toBe(400);
    const thief = openVisitor(world);
    thief.cookies.set(FLOW, mara.cookies.get(FLOW) ?? "");
    expect(await enter(mara, codeFor(world, MARA))).toBe(303);
    expect(await enter(thief, codeFor(world, MARA))).toBe(400);
    expect(thief.cookies.has(SESSION)).toBe(false);
  });

  test("R-signin the newest code alone is good, and none is after it", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.post("/signin", { email: MARA });
    const first = codeFor(world, MARA);
    const thief = openVisitor(world);
    thief.cookies.set(FLOW, browser.cookies.get(FLOW) ?? "");
    expect((await browser.post("/signin", { email: MARA, again: "1" })).location).toBe("/signin/code?done=sent");
    expect((await browser.get("/signin/code?done=sent")).text).toContain("Only the newest one works");
    const second = codeFor(world, MARA);
    if (first !== second) expect(await enter(browser, first)).toBe(400);
    expect(await enter(browser, second)).toBe(303);
    expect(await enter(thief, first)).toBe(400);
    expect(await rowsOf(world.db, "verifications")).toEqual([]);
  });

  test("R-signin of two that enter one code at once one gets in; two codes asked for at once leave one that is good", async () => {
    const world = await createWorld();
    const browsers = [openVisitor(world), openVisitor(world)] as const;
    await Promise.all(browsers.map((browser) => browser.post("/signin", { email: MARA })));
    const codes = world.mails().map(({ text }) => /\b\d{6}\b/.exec(text)?.[0] ?? "");
    expect(codes).toHaveLength(2);
    const entered: number[] = [];
    for (const code of codes) {
      entered.push(...(await Promise.all(browsers.map((browser) => enter(browser, code)))));
    }
    expect(entered.filter((status) => status === 303)).toHaveLength(1);
    expect(await rowsOf(world.db, "sessions")).toHaveLength(1);
    expect(await rowsOf(world.db, "users")).toHaveLength(1);
  });

  test.each([
    "",
    "mara",
    "mara@",
    "a b@example.test",
    "mara@example.test\r\nBcc: x@example.test",
    `${"a".repeat(255)}@x.test`,
    `${"a".repeat(65)}@x.test`,
    "a:b@example.test",
    "a(b@example.test",
    "a\u200Bb@example.test",
  ])("R-signin %j is no address: nothing is mailed", async (email) => {
    const world = await createWorld();
    const answer = await openVisitor(world).post("/signin", { email });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("Enter a whole e-mail address");
    expect(world.mails()).toEqual([]);
  });

  test("R-signin a page says that an address takes no mail", async () => {
    const world = await createWorld({ mail: "refused" });
    const app = await world.newApp();
    const signIn = await openVisitor(world).post("/signin", { email: MARA });
    const join = await openVisitor(world).post(`/join/${app.id}`, { email: MARA, accept: "1" });
    for (const answer of [signIn, join]) {
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("That is not an address we can reach");
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test.each(["unavailable", "none"] as const)(
    "R-signin E-unavailable a page says that no mail goes out: %s",
    async (mail) => {
      const world = await createWorld({ mail });
      const answer = await openVisitor(world).post("/signin", { email: MARA });
      expect(answer.status).toBe(503);
      expect(answer.text).toContain("We cannot send mail right now");
      expect(answer.text).not.toContain("a test wants it so");
    },
  );

  test("R-signin D-log neither an address nor a code is in the log", async () => {
    const log: unknown[] = [];
    const world = await createWorld({ log: (entry) => void log.push(entry) });
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    await browser.post("/signin/code", { code: "123456" });
    expect(log).toContainEqual(expect.objectContaining({ route: "/signin/code", status: 303 }));
    const kept = JSON.stringify(log);
    for (const secret of [MARA, "mara", codeFor(world, MARA)]) expect(kept).not.toContain(secret);
  });
});

describe("where it leads", () => {
  test.each([
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "https://evil.test/",
    "https:evil.test",
    "javascript:alert(1)",
    "/\t/evil.test",
    "/\n/evil.test",
    "/a\r\nSet-Cookie: x=1",
    " //evil.test",
    "evil.test",
    "/ä",
    `/${"a".repeat(2_001)}`,
    "",
  ])("R-signin never to another site: %j", async (next) => {
    const world = await createWorld();
    const browser = openVisitor(world);
    const asked = `/signin?next=${encodeURIComponent(next)}`;
    // A control character is in no address of ours at all; a form may hold one.
    const isAddress = !/\p{Cc}/u.test(next);
    expect((await browser.get(asked)).text.includes('name="next" value="/"')).toBe(isAddress);
    expect((await browser.signIn(MARA, next)).location).toBe("/");
    const again = await browser.get(asked);
    expect([again.status, again.location]).toEqual(isAddress ? [303, "/"] : [400, null]);
  });

  test("R-signin from the start an operator and an owner come to their apps, a creator to their programs, others are told", async () => {
    const world = await createWorld();
    const app = await world.newApp();
    await change(world, "INSERT INTO app_owner (app, email, actor, created_at) VALUES (?1, ?2, 'x', 1)", app.id, NOAH);
    expect((await openVisitor(world).get("/")).location).toBe("/signin");
    for (const [email, place] of [
      [OPERATOR, "/apps"],
      [NOAH, "/apps"],
      ["creator1@example.test", "/referrals"],
    ] as const) {
      const browser = openVisitor(world);
      await browser.signIn(email);
      expect((await browser.get("/")).location).toBe(place);
    }
    const stranger = openVisitor(world);
    await stranger.signIn(MARA);
    expect((await stranger.get("/")).text).toContain("There is nothing here for this address yet.");
  });
});

describe("limits", () => {
  test("R-signin E-rate_limited a mailbox gets 5 codes in 15 minutes, whoever asks, and then another 5", async () => {
    const world = await createWorld();
    const ask = (address: number) => openVisitor(world, { ip: `192.0.2.${address}` }).post("/signin", { email: MARA });
    for (let code = 0; code < 5; code++) expect((await ask(code)).status).toBe(303);
    const refused = await ask(9);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(14 * 60);
    expect(Number(refused.headers.get("Retry-After"))).toBeLessThanOrEqual(15 * 60);
    expect(refused.text).toMatch(/Try again in 1[45] minutes/);
    expect(world.mails()).toHaveLength(5);
    expect((await openVisitor(world).post("/signin", { email: NOAH })).status).toBe(303);
    await change(world, "UPDATE rate_limits SET last_request = last_request - ?1", BigInt(15 * MINUTE_MS));
    for (let code = 0; code < 5; code++) expect((await ask(code)).status).toBe(303);
    expect((await ask(9)).status).toBe(429);
  });

  test("R-signin a code takes 5 guesses of the browser that asked for it, also many at once", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.post("/signin", { email: MARA });
    const code = codeFor(world, MARA);
    const answers = await Promise.all(Array.from({ length: 30 }, () => enter(browser, otherThan(code))));
    expect(answers).toEqual(Array.from({ length: 30 }, () => 400));
    expect(await enter(browser, code)).toBe(400);
    await browser.signIn(MARA);
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-signin a browser that asked for no code guesses at none: nobody ends another's", async () => {
    const world = await createWorld();
    const [mara, noah] = [openVisitor(world), openVisitor(world)];
    await mara.post("/signin", { email: MARA });
    await noah.post("/signin", { email: NOAH });
    const [value = "", signature = ""] = decodeURIComponent(noah.cookies.get(FLOW) ?? "").split(/\.(?=[^.]*$)/);
    const wrong = otherThan(codeFor(world, MARA));
    for (const forged of [
      JSON.stringify([MARA, "/"]),
      value.replace(NOAH, MARA),
      `${value.replace(NOAH, MARA)}.${signature}`,
    ]) {
      const thief = openVisitor(world);
      for (let guess = 0; guess < 6; guess++) {
        thief.cookies.set(FLOW, encodeURIComponent(forged));
        expect((await thief.post("/signin/code", { code: wrong })).location).toBe("/signin");
      }
    }
    for (let guess = 0; guess < 6; guess++) expect(await enter(noah, wrong)).toBe(400);
    expect(await enter(mara, codeFor(world, MARA))).toBe(303);
  });

  test("R-signin strangers who ask and guess lock out nobody who is signed in, or was before in that browser", async () => {
    const world = await createWorld();
    const mara = openVisitor(world);
    await mara.signIn(MARA);
    const strangers: Visitor[] = [];
    // The first of a stranger's five was Mara's own, when nobody knew her yet.
    for (let code = 1; code < 5; code++) {
      const stranger = openVisitor(world);
      expect((await stranger.post("/signin", { email: MARA })).status).toBe(303);
      strangers.push(stranger);
    }
    expect((await openVisitor(world).post("/signin", { email: MARA })).status).toBe(429);
    const guess = () => Promise.all(strangers.map((stranger) => enter(stranger, otherThan(codeFor(world, MARA)))));

    await mara.get("/account");
    expect((await mara.post("/signin/confirm", { next: "/account" })).status).toBe(303);
    for (let round = 0; round < 6; round++) await guess();
    const fresh = { next: "/account", code: codeFor(world, MARA) };
    expect((await mara.post("/signin/confirm", fresh)).location).toBe("/account");

    await mara.get("/account");
    await mara.post("/signout");
    for (let code = 0; code < 5; code++) expect((await mara.post("/signin", { email: MARA })).status).toBe(303);
    await guess();
    expect((await mara.post("/signin", { email: MARA })).status).toBe(429);
    expect(await enter(mara, codeFor(world, MARA))).toBe(303);
  });

  test("R-signin known is a browser by the mailbox it signed in with, and by our word alone", async () => {
    const world = await createWorld();
    const [mara, noah] = [openVisitor(world), openVisitor(world)];
    const entered = await mara.signIn(MARA);
    await noah.signIn(NOAH);
    const line = entered.headers.getSetCookie().find((set) => set.startsWith(KNOWN)) ?? "";
    const attributes = line.split("; ").slice(1);
    expect(attributes.toSorted()).toEqual(["HttpOnly", `Max-Age=${400 * 86_400}`, "Path=/", "SameSite=Lax", "Secure"]);
    for (let code = 1; code < 5; code++) await openVisitor(world).post("/signin", { email: MARA });
    const known = mara.cookies.get(KNOWN) ?? "";
    for (const [cookie, status] of [
      [noah.cookies.get(KNOWN) ?? "", 429],
      [decodeURIComponent(known).split(".")[0] ?? "", 429],
      [`0${known}`, 429],
      [known, 303],
    ] as const) {
      const browser = openVisitor(world);
      browser.cookies.set(KNOWN, cookie);
      expect((await browser.post("/signin", { email: MARA })).status).toBe(status);
    }
  });

  test("R-signin E-rate_limited an address asks and tries 30 times a minute", async () => {
    const world = await createWorld({ limits: "memory" });
    const browser = openVisitor(world);
    for (let call = 0; call < 30; call++) {
      expect((await browser.post("/signin", { email: `m${call}@example.test` })).status).toBe(303);
    }
    const refused = await browser.post("/signin", { email: MARA });
    expect([refused.status, refused.headers.has("Retry-After")]).toEqual([429, true]);
    expect((await browser.post("/signin/code", { code: "123456" })).status).toBe(429);
    expect((await openVisitor(world, { ip: "192.0.2.2" }).post("/signin", { email: MARA })).status).toBe(303);
  });
});

describe("a session", () => {
  test("R-session is a cookie of this host alone, over https, out of reach of script and of other sites' forms", async () => {
    const world = await createWorld();
    const entered = await openVisitor(world).signIn(MARA);
    const [line = "", ...more] = entered.headers.getSetCookie().filter((set) => set.startsWith(SESSION));
    expect(more).toEqual([]);
    const attributes = line.split("; ").slice(1);
    expect(attributes.toSorted()).toEqual(["HttpOnly", `Max-Age=${30 * 86_400}`, "Path=/", "SameSite=Lax", "Secure"]);
  });

  test("R-session in dev, over plain http, it has another name and is not Secure", async () => {
    const publicUrl = "http://127.0.0.1:8787";
    const world = await createWorld({ config: { env: "dev", publicUrl } });
    const browser = openVisitor(world);
    const entered = await browser.signIn(MARA);
    const line = entered.headers.getSetCookie().find((set) => set.startsWith("al_session=")) ?? "";
    expect(line).toMatch(/; HttpOnly/);
    expect(line).not.toMatch(/Secure|Domain/);
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-session begins anew with a code, and what the browser had before is ended", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    const before = browser.cookies.get(SESSION) ?? "";
    await browser.get("/account");
    await browser.post("/signin", { email: MARA });
    await browser.post("/signin/code", { code: codeFor(world, MARA) });
    expect(browser.cookies.get(SESSION)).not.toBe(before);
    expect(await rowsOf(world.db, "sessions")).toHaveLength(1);
    const old = openVisitor(world);
    old.cookies.set(SESSION, before);
    expect((await old.get("/account")).status).toBe(303);
  });

  test("R-session is none that we did not sign, nor one that was changed", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    const [row] = await rowsOf(world.db, "sessions");
    const signed = browser.cookies.get(SESSION) ?? "";
    expect(decodeURIComponent(signed)).toMatch(new RegExp(`^${String(row?.["token"])}\\.`));
    for (const forged of [
      String(row?.["token"]),
      `${String(row?.["token"])}.x`,
      `x${signed}`,
      signed.slice(0, -8),
      "",
    ]) {
      browser.cookies.set(SESSION, forged);
      expect((await browser.get("/account")).status).toBe(303);
    }
  });

  test("R-session keeps neither address nor browser", async () => {
    const world = await createWorld();
    const browser = openVisitor(world, { ip: "198.51.100.77" });
    await browser.signIn(MARA);
    await browser.get("/account", { "User-Agent": "Firefox" });
    expect(await rowsOf(world.db, "sessions")).toMatchObject([{ ip_address: "", user_agent: "" }]);
  });

  test("R-session lives 30 days from its last use, and its beginning stays", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    expect((await browser.get("/account")).headers.getSetCookie()).toEqual([]);
    await change(
      world,
      "UPDATE sessions SET created_at = created_at - ?1, updated_at = updated_at - ?1, expires_at = expires_at - ?1",
      BigInt(29 * DAY_MS),
    );
    const [before] = await rowsOf(world.db, "sessions");
    const used = await browser.get("/account");
    expect(used.status).toBe(200);
    expect(used.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-al_session=.*Max-Age=2592000/)]);
    const [after] = await rowsOf(world.db, "sessions");
    expect(Number(after?.["expires_at"]) - Number(before?.["expires_at"])).toBeGreaterThan(28 * DAY_MS);
    expect(after?.["created_at"]).toBe(before?.["created_at"]);
    await change(world, "UPDATE sessions SET expires_at = expires_at - ?1", BigInt(30 * DAY_MS + 1));
    expect((await browser.get("/account")).status).toBe(303);
  });

  test("R-session does not follow the clock of dev", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    world.advance(400 * DAY_MS);
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-session signing out ends this session, and everywhere all of the person's, nobody else's", async () => {
    const world = await createWorld();
    const [phone, laptop, tablet, noah] = [
      openVisitor(world),
      openVisitor(world),
      openVisitor(world),
      openVisitor(world),
    ];
    for (const browser of [phone, laptop, tablet]) await browser.signIn(MARA);
    await noah.signIn(NOAH);
    const kept = phone.cookies.get(SESSION) ?? "";
    await phone.get("/account");
    const out = await phone.post("/signout");
    expect(out).toMatchObject({ status: 303, location: "/signin?done=out" });
    expect(phone.cookies.has(SESSION)).toBe(false);
    expect((await phone.get("/signin?done=out")).text).toContain("You are signed out.");
    phone.cookies.set(SESSION, kept);
    expect(await signedInOf([phone, laptop, tablet, noah])).toEqual([false, true, true, true]);
    await laptop.post("/signout/everywhere");
    expect(await signedInOf([phone, laptop, tablet, noah])).toEqual([false, false, false, true]);
  });

  test("R-session ended and old rows are forgotten by the job", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    await openVisitor(world).post("/signin", { email: NOAH });
    await world.runJobs();
    expect(await countsOf(world)).toEqual([1, 1, 3]);
    await change(world, "UPDATE verifications SET expires_at = 1");
    await change(world, "UPDATE rate_limits SET last_request = 1");
    await change(world, "UPDATE sessions SET expires_at = 1");
    await world.runJobs();
    expect(await countsOf(world)).toEqual([0, 0, 0]);
    expect(await rowsOf(world.db, "users")).toHaveLength(1);
  });
});

describe("confirming", () => {
  test("R-session a fresh code goes to the session's own address, begins a new session and ends the old one", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    expect((await browser.get("/signin/confirm?next=/apps")).location).toBe(
      "/signin?next=%2Fsignin%2Fconfirm%3Fnext%3D%2Fapps",
    );
    await browser.signIn(MARA);
    const before = browser.cookies.get(SESSION);
    expect((await browser.get("/signin/confirm?next=/account")).text).toContain(MARA);
    expect(world.mails()).toHaveLength(1);
    const asked = await browser.post("/signin/confirm", { next: "/account", email: NOAH });
    expect(asked.location).toBe("/signin/confirm?done=sent&next=%2Faccount");
    expect(world.mails().map(({ to }) => to)).toEqual([MARA, MARA]);
    expect((await browser.get(asked.location ?? "")).text).toContain("one-time-code");
    const wrong = await browser.post("/signin/confirm", { next: "/account", code: otherThan(codeFor(world, MARA)) });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("This code does not work.");
    const confirmed = await browser.post("/signin/confirm", { next: "/account", code: codeFor(world, MARA) });
    expect(confirmed).toMatchObject({ status: 303, location: "/account" });
    expect(browser.cookies.get(SESSION)).not.toBe(before);
    expect(await rowsOf(world.db, "sessions")).toHaveLength(1);
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-session another person's code confirms nothing", async () => {
    const world = await createWorld();
    const [mara, noah] = [openVisitor(world), openVisitor(world)];
    await mara.signIn(MARA);
    await noah.signIn(NOAH);
    await noah.get("/account");
    await noah.post("/signin/confirm", { next: "/" });
    await mara.get("/account");
    expect((await mara.post("/signin/confirm", { next: "/", code: codeFor(world, NOAH) })).status).toBe(400);
    expect((await mara.get("/account")).text).toContain(MARA);
  });
});

describe("a forged form", () => {
  const HOSTILE: readonly (readonly [string, Readonly<Record<string, string | null>>])[] = [
    ["from another site", { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" }],
    ["from a neighbour below the same domain", { Origin: "https://shop.example.test", "Sec-Fetch-Site": "same-site" }],
    [
      "from another site, in a browser that tells the origin alone",
      { Origin: "https://evil.test", "Sec-Fetch-Site": null },
    ],
    ["with a site but no origin", { Origin: null }],
    ["with neither", { Origin: null, "Sec-Fetch-Site": null }],
    ["from a page without an origin", { Origin: "null" }],
    ["over plain http", { Origin: "http://links.example.test" }],
    ["from another port", { Origin: "https://links.example.test:8443" }],
    ["that lies about its origin", { "Sec-Fetch-Site": "cross-site" }],
    ["sent as text", { "Content-Type": "text/plain" }],
    ["sent as JSON", { "Content-Type": "application/json" }],
    ["sent as nothing", { "Content-Type": null }],
    ["sent as what only begins like a form", { "Content-Type": "application/x-www-form-urlencoded-2" }],
  ];

  test.each(HOSTILE)("R-csrf %s is refused, and nothing is done", async (_, headers) => {
    const world = await createWorld();
    const browser = openVisitor(world);
    expect((await browser.post("/signin", { email: MARA }, headers)).status).toBe(403);
    expect(world.mails()).toEqual([]);
    await browser.signIn(MARA);
    await browser.get("/account");
    const forged = await browser.post("/signout/everywhere", {}, headers);
    expect(forged.status).toBe(403);
    expect(forged.text).toContain("Nothing was changed.");
    expect((await browser.get("/account")).status).toBe(200);
  });

  test("R-csrf without the token of its own session a form is refused: none, a wrong one, another session's, an old one", async () => {
    const world = await createWorld();
    const [mara, second, noah] = [openVisitor(world), openVisitor(world), openVisitor(world)];
    await mara.signIn(MARA);
    await second.signIn(MARA);
    await noah.signIn(NOAH);
    for (const browser of [mara, second, noah]) await browser.get("/account");
    expect(new Set([mara.csrf(), second.csrf(), noah.csrf()]).size).toBe(3);
    for (const csrf of ["", "x", mara.csrf().slice(1), second.csrf(), noah.csrf()]) {
      expect((await mara.post("/signout", { csrf })).status).toBe(403);
    }
    expect((await mara.get("/account")).status).toBe(200);
    expect((await mara.post("/signout", { csrf: mara.csrf() })).status).toBe(303);
  });

  test("R-csrf reading a page never changes anything", async () => {
    const world = await createWorld();
    const browser = openVisitor(world);
    await browser.signIn(MARA);
    const mails = world.mails().length;
    for (const path of ["/signout", "/signout/everywhere", "/signin?email=x@example.test", "/signin/confirm"]) {
      await browser.get(path);
    }
    expect((await browser.get("/signout")).status).toBe(404);
    expect((await browser.get("/account")).status).toBe(200);
    expect(world.mails()).toHaveLength(mails);
  });
});

async function enter(browser: Visitor, code: string): Promise<number> {
  return (await browser.post("/signin/code", { code })).status;
}

function otherThan(code: string): string {
  return code === "000000" ? "000001" : "000000";
}

async function change(world: World, sql: string, ...args: readonly SqlValue[]): Promise<void> {
  await world.db.batch([{ sql, args }]);
}

async function signedInOf(browsers: readonly Visitor[]): Promise<readonly boolean[]> {
  const answers = await Promise.all(browsers.map((browser) => browser.get("/account")));
  return answers.map(({ status }) => status === 200);
}

async function countsOf(world: World): Promise<readonly number[]> {
  const tables = await Promise.all(
    (["sessions", "verifications", "rate_limits"] as const).map((table) => rowsOf(world.db, table)),
  );
  return tables.map((rows) => rows.length);
}
