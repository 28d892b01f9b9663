import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { STRIPE_EVENTS } from "../../worker/domain/stripe-events.ts";
import { setupPages } from "../../worker/pages/dashboard/setup/routes.ts";
import { htmlTag, nextTag, tagManagerTag } from "../../worker/pages/dashboard/setup/snippets.ts";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { readAppStats } from "../../worker/services/programs/read-app-stats.ts";
import { SETUP } from "../../worker/texts/setup.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openVisitor, type PageAnswer, type Visitor } from "../support/visitor.ts";
import { createConnectWorld } from "../support/stripe-connect.ts";
import { createWorld, type TestApp, type World, type WorldOptions } from "../support/world.ts";

const DAY_MS = 86_400_000;
const OPERATOR = "operator@example.test";
const OWNER = "owner@example.test";
const STRANGER = "stranger@example.test";
const SECRET_KEY = /al_sk_[0-9A-Za-z]{20,}/;

describe("snippets", () => {
  const parts = {
    publicUrl: "https://links.example.com",
    appId: "app_…",
    cookieDays: 60,
    attribution: "last",
  } as const;
  const chosen = { ...parts, cookieDays: 30, attribution: "first" } as const;
  const docs = readFileSync("docs/script.md", "utf8");

  test("each is what docs/script.md shows, while nothing was chosen", () => {
    expect(docs).toContain(`\n${htmlTag(parts)}\n`);
    expect(docs).toContain(`\n${tagManagerTag(parts)}\n`);
    expect(docs).toContain(`\n${nextTag(parts).split("\n").at(-1)}\n`);
  });

  test("what was chosen is said by attributes that the script reads, and by no others", () => {
    const named = [...htmlTag(chosen).matchAll(/ (data-[a-z-]+)="([^"]+)"/g)].map(([, name, value]) => [name, value]);
    expect(named).toEqual([
      ["data-app-id", "app_…"],
      ["data-cookie-days", "30"],
      ["data-attribution", "first"],
    ]);
    for (const [name] of named) expect(docs).toContain(`| \`${name}\` |`);
    expect(nextTag(chosen)).toContain('data-cookie-days="30" data-attribution="first" strategy=');
    expect(tagManagerTag(chosen)).toContain(
      'script.dataset.cookieDays = "30";\n    script.dataset.attribution = "first";',
    );
  });

  test("the events to select are those of docs/stripe.md", () => {
    const named = readFileSync("docs/stripe.md", "utf8").matchAll(/enabled_events\[\]=([a-z_.]+)/g);
    expect(STRIPE_EVENTS).toEqual([...named].map(([, name]) => name));
  });
});

describe("who gets a page", () => {
  test("of another's app nobody but operators gets anything: each page and form answers 404, and 303 to who is signed out", async () => {
    const { world, app } = await owned();
    const other = await world.newApp();
    await addOwner(world.deps, { actor: "operator", appId: other.id, email: STRANGER });
    const stranger = openVisitor(world);
    await stranger.signIn(STRANGER);
    await stranger.get("/account");
    const nobody = openVisitor(world);
    const routes = appRoutes(world);
    expect(routes.length).toBeGreaterThan(40);
    const before = await dumpDatabase(world.db);
    for (const { method, path } of routes) {
      const real = fill(path, app);
      const theirs = method === "GET" ? await stranger.get(real) : await stranger.post(real, { name: "x" });
      expect([method, path, theirs.status]).toEqual([method, path, 404]);
      expect(theirs.text).not.toContain("Shop of kilns");
      const unknown = await stranger.get(fill(path, { ...app, id: "app_0000000000000000000000" }));
      expect([path, unknown.status]).toEqual([path, 404]);
      const out = method === "GET" ? await nobody.get(real) : await nobody.post(real, {});
      expect([method, path, out.status]).toEqual([method, path, 303]);
      expect(out.location).toMatch(/^\/signin\?next=/);
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("the team and operators get every page; an id that is none is not there", async () => {
    const { world, app, visitor } = await owned();
    const operator = openVisitor(world);
    await operator.signIn(OPERATOR);
    const pages = appRoutes(world).filter(({ method, path }) => method === "GET" && !path.includes("/live/"));
    for (const { path } of pages.filter((page) => !/:|connect|remove/.test(page.path.replace(":appId", "")))) {
      for (const who of [visitor, operator]) {
        const answer = await who.get(fill(path, app));
        expect([path, answer.status]).toEqual([path, 200]);
        expect(answer.text).toContain("Shop of kilns");
      }
    }
    for (const path of [
      "/settings/keys/nope/roll",
      "/settings/keys/%00/revoke",
      "/activity/calls/x",
      "/activity/calls/9",
    ]) {
      expect([path, (await visitor.get(`/apps/${app.id}${path}`)).status]).toEqual([path, 404]);
    }
  });

  test("what brings a secret or a rights-holder asks for a fresh code", async () => {
    const { world, app, visitor } = await owned();
    const base = `/apps/${app.id}/settings`;
    await visitor.get(base);
    await world.db.batch([{ sql: "UPDATE sessions SET created_at = created_at - 3600000", args: [] }]);
    const asked = [
      "/keys/new",
      `/keys/${app.spareKeyId}/roll`,
      `/keys/${app.spareKeyId}/revoke`,
      "/stripe/secrets",
      "/stripe/connect",
      "/stripe/disconnect",
      "/payouts/key",
      "/team/add",
      "/team/remove",
    ];
    const before = await dumpDatabase(world.db);
    for (const path of asked) {
      const page = await visitor.get(base + path);
      expect([path, page.location]).toEqual([path, `/signin/confirm?next=${encodeURIComponent(base + path)}`]);
      const form = await visitor.post(base + path, { email: "new@example.test", name: "k", scope_read: "1" });
      expect([path, form.status, form.location?.split("?")[0]]).toEqual([path, 303, "/signin/confirm"]);
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });
});

describe("a new app", () => {
  test("shows its secret once, in the answer to the form: no address, log, database or reload has it again", async () => {
    const logged: unknown[] = [];
    const world = await createWorld({
      log: (entry) => void logged.push(entry),
      config: { operatorEmails: [OPERATOR] },
    });
    const visitor = openVisitor(world);
    await visitor.signIn(OPERATOR);
    const once = onceOf(await visitor.get("/apps/new"));
    const form = {
      name: "Kilns",
      currency: "eur",
      commission_percent: "12.5",
      mode: "test",
      domain: "https://Kilns.example.test/x",
      once,
    };
    const made = await visitor.post("/apps/new", form);
    expect([made.status, made.location, made.headers.get("Cache-Control")]).toEqual([200, null, "no-store"]);
    const secret = SECRET_KEY.exec(made.text)?.[0] ?? "";
    expect(secret).not.toBe("");
    expect((await world.call("/api/v1/app", undefined, { key: secret })).body.app).toMatchObject({
      name: "Kilns",
      currency: "eur",
      commission_percent: 12.5,
      mode: "test",
      domain: "kilns.example.test",
    });
    const again = await visitor.post("/apps/new", form);
    expect(again).toMatchObject({ status: 303, location: "/apps?done=once" });
    expect(await rowsOf(world.db, "app")).toHaveLength(1);
    for (const path of ["/apps/new", "/apps", `/apps/${appIdOf(made)}`, `/apps/${appIdOf(made)}/settings/keys`]) {
      expect((await visitor.get(path)).text).not.toContain(secret);
    }
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(secret);
    expect(JSON.stringify(logged)).not.toContain(secret.slice(6));
  });

  test("has its currency asked: without one, or with mistakes, the form comes back with what was typed", async () => {
    const { visitor } = await operating();
    await visitor.get("/apps/new");
    const sent = { name: "Kilns & Co", commission_percent: "130", mode: "live", domain: "no host!" };
    const refused = await visitor.post("/apps/new", sent);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="Kilns &amp; Co"');
    expect(refused.text).toContain('value="130"');
    for (const field of ["currency", "commission_percent", "domain"]) {
      expect(refused.text).toContain(`id="f-${field}-problem"`);
    }
    expect(refused.text).not.toContain('id="f-name-problem"');
  });

  test("is made by operators alone, unless the installation is open", async () => {
    const { world } = await operating();
    const visitor = openVisitor(world);
    await visitor.signIn(STRANGER);
    await visitor.get("/account");
    expect((await visitor.get("/apps")).text).toContain(SETUP.apps.emptyClosed);
    expect((await visitor.get("/apps/new")).status).toBe(404);
    expect((await visitor.post("/apps/new", NEW_APP)).status).toBe(404);
    expect(await rowsOf(world.db, "app")).toHaveLength(0);
  });

  test("on an open installation is its maker's, five a day, and is paid by hand alone", async () => {
    const world = await createWorld({ config: { operatorEmails: [OPERATOR], appCreation: "open" } });
    const visitor = openVisitor(world);
    await visitor.signIn(STRANGER);
    await visitor.get("/apps/new");
    const made = await visitor.post("/apps/new", NEW_APP);
    const appId = appIdOf(made);
    const [owner] = await rowsOf(world.db, "app_owner");
    expect(owner).toMatchObject({ app: appId, email: STRANGER });
    expect((await visitor.get(`/apps/${appId}`)).status).toBe(200);

    const page = await visitor.get(`/apps/${appId}/settings/payouts`);
    expect(page.text).toContain(SETUP.payouts.stripeClosed);
    expect(page.text).not.toContain('value="stripe"');
    const refused = await visitor.post(`/apps/${appId}/settings/payouts`, { rail: "stripe", schedule: "none" });
    expect(refused.status).toBe(400);
    const key = SECRET_KEY.exec(made.text)?.[0];
    const byApi = await world.call("/api/v1/app/payouts", { rail: "stripe" }, { key, method: "PUT" });
    expect(byApi).toMatchObject({ status: 400, body: { error: { fields: [{ path: "rail" }] } } });

    for (let count = 0; count < 4; count++) expect((await visitor.post("/apps/new", NEW_APP)).status).toBe(200);
    const tooMany = await visitor.post("/apps/new", NEW_APP);
    expect(tooMany.status).toBe(429);
    expect(await rowsOf(world.db, "app")).toHaveLength(5);
  });

  test("that was paid by Stripe before an installation opened drafts nothing by Stripe any more", async () => {
    const world = await createWorld({ config: { appCreation: "open" } });
    const app = await world.newApp();
    await world.db.batch([
      { sql: "INSERT INTO payout_policy (app, rail, changed_at) VALUES (?1, 'stripe', 1)", args: [app.id] },
    ]);
    const preview = await world.call("/api/v1/payouts/preview", undefined, { key: app.key });
    expect([preview.status, preview.body.error?.code]).toEqual([409, "conflict"]);
  });

  test("is listed with all of an operator's, newest first, page by page", async () => {
    const { world, visitor } = await operating();
    for (let count = 0; count < 26; count++) {
      world.advance(1_000);
      await world.newApp();
    }
    const first = await visitor.get("/apps");
    expect(namesOf(first)).toHaveLength(25);
    expect(namesOf(first)[0]).toBe("App 26");
    const older = /href="(\/apps\?cursor=[^"]+)"/.exec(first.text)?.[1] ?? "";
    expect(namesOf(await visitor.get(older.replaceAll("&amp;", "&")))).toEqual(["App 1"]);
    expect(namesOf(await visitor.get("/apps?cursor=nonsense"))).toHaveLength(25);
  });
});

describe("settings", () => {
  test("of the program change what they name, by whom the audit log says, and keep a slip in its field", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings`;
    const form = {
      name: "Kilns",
      domain: "kilns.example.test",
      currency: "usd",
      commission_percent: "25.5",
      holding_days: "30",
      max_months: "",
      new_customers_only: "1",
    };
    await visitor.get(path);
    expect(await visitor.post(path, form)).toMatchObject({ status: 303, location: `${path}?done=saved` });
    expect((await visitor.get(`${path}?done=saved`)).text).toContain(SETUP.done.saved);
    expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app).toMatchObject({
      name: "Kilns",
      commission_percent: 25.5,
      holding_days: 30,
      max_months: null,
      new_customers_only: true,
    });
    const audit = (await world.call("/api/v1/audit", undefined, { key: app.key })).body.entries[0];
    expect(audit).toMatchObject({ action: "app.changed", actor: expect.stringMatching(/^user:/) });

    const refused = await visitor.post(path, { ...form, name: "Ovens", holding_days: "400" });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="Ovens"');
    expect(refused.text).toContain("It must be at most 365.");
    expect((await visitor.get(path)).text).not.toContain("Ovens");
  });

  test("work a sale out before they are saved", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings`;
    const page = await visitor.get(path);
    expect(sumOf(page)).toEqual(["100.00 USD", "30.00 USD", "−1.50 USD", "28.50 USD"]);
    const form = {
      name: "x",
      domain: "",
      currency: "jpy",
      commission_percent: "12.5",
      holding_days: "14",
      preview: "1",
    };
    const worked = await visitor.post(path, form);
    expect(worked.status).toBe(200);
    expect(sumOf(worked)).toEqual(["100 JPY", "12 JPY", "0 JPY", "12 JPY"]);
    expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app.currency).toBe("usd");
  });

  test("set a rate from a day on, and refuse one of the past", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings`;
    const form = {
      name: "x",
      domain: "",
      currency: "usd",
      commission_percent: "40",
      holding_days: "14",
      max_months: "",
    };
    await visitor.get(path);
    expect((await visitor.post(path, { ...form, commission_from: "2026-02-01" })).status).toBe(303);
    const { body } = await world.call("/api/v1/app", undefined, { key: app.key });
    expect(body.app).toMatchObject({ commission_percent: 30, commission_next: { commission_percent: 40 } });
    expect((await visitor.get(path)).text).toContain("40\u00a0%");
    const past = await visitor.post(path, { ...form, commission_from: "2025-02-01" });
    expect(past.status).toBe(400);
    expect(past.text).toContain('id="f-commission_from-problem"');
  });

  test("for operators are there for operators alone", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings`;
    expect((await visitor.get(path)).text).not.toContain(SETUP.program.operator);
    expect((await visitor.post(`${path}/operator`, { fee_percent: "0" })).status).toBe(404);
    const operator = openVisitor(world);
    await operator.signIn(OPERATOR);
    expect((await operator.get(path)).text).toContain(SETUP.program.operator);
    expect((await operator.post(`${path}/operator`, { fee_percent: "2.5", operator_funded: "1" })).status).toBe(303);
    const { body } = await world.call("/api/v1/app", undefined, { key: app.key });
    expect(body.app).toMatchObject({ platform_fee_bps: 250, operator_funded: true });
    expect((await operator.post(`${path}/operator`, { fee_percent: "x" })).status).toBe(400);
  });

  test("of trust take amounts as people write them, and a list of origins", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/trust`;
    await visitor.get(path);
    const form = {
      conversions: "matched",
      max_event_cents: "250",
      max_day_cents: "999.5",
      dedupe_seconds: "0",
      origins: "https://a.example\r\nhttps://b.example",
    };
    expect((await visitor.post(path, form)).status).toBe(303);
    const { body } = await world.call("/api/v1/app", undefined, { key: app.key });
    expect(body.app).toMatchObject({
      conversions: "matched",
      max_event_cents: 25_000,
      max_day_cents: 99_950,
      dedupe_seconds: 0,
      origins: ["https://a.example", "https://b.example"],
    });
    const slips = [
      { ...form, max_event_cents: "1,000" },
      { ...form, origins: "https://a.example\nnonsense" },
      { ...form, conversions: "nobody" },
    ];
    for (const [at, slip] of slips.entries()) {
      const refused = await visitor.post(path, slip);
      expect([at, refused.status]).toEqual([at, 400]);
      expect(refused.text).toContain('-problem"');
    }
  });

  test("of joining say who, from where and under which terms", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/joining`;
    expect((await visitor.get(path)).text).toContain(`/join/${app.id}`);
    expect((await visitor.post(path, { approval: "manual", accounts: "listed", countries: "nl, DE us" })).status).toBe(
      303,
    );
    const read = (what: string) => world.call(what, undefined, { key: app.key });
    expect((await read("/api/v1/app/join")).body.join).toMatchObject({
      accounts: "listed",
      countries: ["DE", "NL", "US"],
    });
    expect((await read("/api/v1/app")).body.app.approval).toBe("manual");
    const wrong = await visitor.post(path, { approval: "manual", accounts: "listed", countries: "Holland" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('value="Holland"');

    await visitor.post(`${path}/accounts/add`, { account_id: "acc_1" });
    expect((await visitor.get(path)).text).toContain("<code>acc_1</code>");
    await visitor.post(`${path}/accounts/remove`, { account_id: "acc_1" });
    expect((await visitor.get(path)).text).not.toContain("acc_1");

    const terms = "Be honest.\n\nNo <b>spam</b>.";
    expect((await visitor.post(`${path}/terms`, { text: terms.replaceAll("\n", "\r\n") })).status).toBe(303);
    expect((await rowsOf(world.db, "program_terms"))[0]).toMatchObject({ version: 1, text: terms });
    expect((await visitor.get(path)).text).toContain("No &lt;b&gt;spam&lt;/b&gt;.");
    const long = await visitor.post(`${path}/terms`, { text: "x".repeat(10_001) });
    expect(long.status).toBe(400);
  });

  test("of payouts keep each currency's least amount apart", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/payouts`;
    await visitor.get(path);
    const form = {
      rail: "manual",
      schedule: "monthly",
      schedule_day: "28",
      minimum_usd: "75",
      another: "jpy",
      another_amount: "5000",
    };
    expect((await visitor.post(path, form)).status).toBe(303);
    const { body } = await world.call("/api/v1/app/payouts", undefined, { key: app.key });
    expect(body.payouts).toMatchObject({ schedule: "monthly", schedule_day: 28, minimums: { usd: 7_500, jpy: 5_000 } });
    expect((await visitor.get(path)).text).toContain('name="minimum_jpy"');
    expect((await visitor.post(path, { rail: "manual", schedule: "none", minimum_jpy: "" })).status).toBe(303);
    expect((await visitor.get(path)).text).not.toContain('name="minimum_jpy"');
    const slips = [
      [{ rail: "manual", schedule: "weekly", schedule_day: "8" }, "schedule_day"],
      [{ rail: "manual", schedule: "none", minimum_usd: "-1" }, "minimum_usd"],
      [{ rail: "manual", schedule: "none", minimum_usd: "0" }, "minimum_usd"],
      [{ rail: "manual", schedule: "none", another: "eur", another_amount: "" }, "another_amount"],
    ] as const;
    for (const [slip, field] of slips) {
      const refused = await visitor.post(path, slip);
      expect([field, refused.status]).toEqual([field, 400]);
      expect(refused.text).toContain(`id="f-${field}-problem"`);
    }
  });

  test("take secrets in, and show none of them again", async () => {
    const { world, app, visitor } = await owned();
    const base = `/apps/${app.id}/settings`;
    const secrets = {
      webhook_secrets: "whsec_aaaaaaaaaa\nwhsec_bbbbbbbbbb",
      restricted_key: "rk_live_cccccccccccc1234",
    };
    await visitor.get(`${base}/stripe/secrets`);
    expect((await visitor.post(`${base}/stripe/secrets`, secrets)).location).toBe(`${base}/stripe?done=secrets`);
    expect((await visitor.post(`${base}/payouts/key`, { stripe_key: "sk_live_dddddddddddd5678" })).status).toBe(303);
    const pages = [await visitor.get(`${base}/stripe`), await visitor.get(`${base}/payouts`)];
    expect(pages[0]?.text).toContain("rk_live_…1234");
    expect(pages[1]?.text).toContain("sk_live_…5678");
    const wrongMode = { webhook_secrets: "whsec_eeeeeeeeee", restricted_key: "rk_test_ffffffffffff" };
    const refused = await visitor.post(`${base}/stripe/secrets`, wrongMode);
    expect(refused.status).toBe(400);
    const all = [...pages, refused].map(({ text }) => text).join("");
    for (const secret of ["aaaaaaaaaa", "cccccccccccc", "dddddddddddd", "eeeeeeeeee", "ffffffffffff"]) {
      expect(all).not.toContain(secret);
      expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(secret);
    }
    expect((await visitor.post(`${base}/payouts/key/remove`, {})).status).toBe(303);
    expect((await visitor.get(`${base}/payouts`)).text).not.toContain("5678");
    expect((await visitor.post(`${base}/stripe/disconnect`, {})).location).toBe(`${base}/stripe?done=disconnected`);
    expect((await visitor.get(`${base}/stripe`)).text).not.toContain("1234");
  });

  test("lead to Stripe by a link, and back to the page: as long as whoever began may still manage the app", async () => {
    const connect = { clientId: "ca_12345678", secretKey: "sk_live_1234567890" };
    const { world, app, visitor } = await owned({ stripe: connect });
    const base = `/apps/${app.id}/settings/stripe`;
    await visitor.get(`${base}/connect`);
    const started = await visitor.post(`${base}/connect`, {});
    expect([started.status, started.location, started.headers.get("Cache-Control")]).toEqual([200, null, "no-store"]);
    const url = new URL(
      /href="(https:\/\/connect\.stripe\.com[^"]+)"/.exec(started.text)?.[1]?.replaceAll("&amp;", "&") ?? "",
    );
    const state = url.searchParams.get("state") ?? "";
    // Declined, it says so, and the state is used up: the owner was known.
    const declined = await visitor.get(`/api/stripe/oauth/callback?error=access_denied&state=${state}`);
    expect(declined.text).toContain("declined");
    await visitor.get(`${base}/connect`);
    const again = await visitor.post(`${base}/connect`, {});
    const second = /state=([^"&]+)/.exec(again.text)?.[1] ?? "";
    await world.db.batch([{ sql: "DELETE FROM app_owner", args: [] }]);
    const late = await visitor.get(`/api/stripe/oauth/callback?error=access_denied&state=${second}`);
    expect(late.text).toContain("not good any more");
  });

  test("are connected to Stripe in the browser of who began it alone; elsewhere the link stays good", async () => {
    const { world, fake } = await createConnectWorld();
    const app = await world.newApp();
    for (const email of [OWNER, "second@example.test"]) {
      await addOwner(world.deps, { actor: "operator", appId: app.id, email });
    }
    fake.grant("ac_1", { account: "acct_1", livemode: true });
    fake.grant("ac_2", { account: "acct_2", livemode: true });
    const [owner, second, operator, nobody] = [
      openVisitor(world),
      openVisitor(world),
      openVisitor(world),
      openVisitor(world),
    ];
    await owner.signIn(OWNER);
    await second.signIn("second@example.test");
    await operator.signIn(OPERATOR);
    for (const [began, others, code] of [
      [owner, [nobody, second, operator], "ac_1"],
      [operator, [nobody, owner], "ac_2"],
    ] as const) {
      await began.get("/account");
      const started = await began.post(`/apps/${app.id}/settings/stripe/connect`, {});
      const back = `/api/stripe/oauth/callback?code=${code}&state=${/state=([^"&]+)/.exec(started.text)?.[1] ?? ""}`;
      const before = await dumpDatabase(world.db);
      for (const other of others) {
        const refused = await other.get(back);
        expect(refused.status).toBe(403);
        expect(refused.text).toContain("Sign in here as whoever began to connect it");
      }
      expect(await dumpDatabase(world.db)).toEqual(before);
      expect((await began.get(back)).location).toBe(`/apps/${app.id}/settings/stripe?done=connected`);
    }
  });

  test("of mails switch off what has no tick", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/mails`;
    expect((await visitor.get(path)).text.match(/checked/g)).toHaveLength(10);
    expect((await visitor.post(path, { welcome: "1", payout_due: "1" })).status).toBe(303);
    expect((await visitor.get(path)).text.match(/checked/g)).toHaveLength(2);
    const off = await rowsOf(world.db, "mail_switch");
    expect(off.filter((row) => row["enabled"] === 0)).toHaveLength(8);
  });

  test("of the team add and remove, but never the last one", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/team`;
    await visitor.get(`${path}/add`);
    expect((await visitor.post(`${path}/add`, { email: "nobody" })).status).toBe(400);
    expect((await visitor.post(`${path}/add`, { email: "New@Example.test" })).location).toBe(
      `${path}?done=owner_added`,
    );
    expect((await visitor.get(path)).text).toContain("new@example.test");
    expect((await visitor.get(`${path}/remove?email=new@example.test`)).text).toContain("Remove new@example.test?");
    expect((await visitor.post(`${path}/remove`, { email: "new@example.test" })).status).toBe(303);
    const last = await visitor.post(`${path}/remove`, { email: OWNER });
    expect([last.status, last.text.includes(SETUP.team.last)]).toEqual([409, true]);
    await addOwner(world.deps, { actor: "operator", appId: app.id, email: "new@example.test" });
    expect((await visitor.post(`${path}/remove`, { email: OWNER })).location).toBe("/apps?done=left");
    expect((await visitor.get(path)).status).toBe(404);
  });
});

describe("keys", () => {
  test("are made, rolled and revoked, each shown once", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/keys`;
    const once = onceOf(await visitor.get(`${path}/new`));
    const made = await visitor.post(`${path}/new`, {
      name: "Backend",
      scope_track: "1",
      scope_read: "1",
      expires_on: "2026-06-01",
      once,
    });
    expect([made.status, made.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
    const secret = SECRET_KEY.exec(made.text)?.[0] ?? "";
    expect((await world.call("/api/v1/app", undefined, { key: secret })).status).toBe(200);
    expect((await world.call("/api/v1/app", { name: "x" }, { key: secret, method: "PATCH" })).status).toBe(403);
    expect((await visitor.post(`${path}/new`, { name: "Backend", scope_track: "1", once })).location).toBe(
      `${path}?done=once`,
    );
    const list = await visitor.get(path);
    expect(list.text).toContain("Backend");
    expect(list.text).not.toContain(secret);

    const row = (await rowsOf(world.db, "api_key")).find(({ name }) => name === "Backend");
    const rollPath = `${path}/${row?.["id"]}/roll`;
    await visitor.get(rollPath);
    expect((await visitor.post(rollPath, { overlap_hours: "200" })).status).toBe(400);
    const rolled = await visitor.post(rollPath, { overlap_hours: "0" });
    const successor = SECRET_KEY.exec(rolled.text)?.[0] ?? "";
    expect((await world.call("/api/v1/app", undefined, { key: secret })).status).toBe(401);
    expect((await world.call("/api/v1/app", undefined, { key: successor })).status).toBe(200);

    const revokePath = `${path}/${app.spareKeyId}/revoke`;
    expect((await visitor.get(revokePath)).text).toContain(SETUP.keys.revokeAction);
    expect((await visitor.post(revokePath, {})).location).toBe(`${path}?done=revoked`);
    expect((await visitor.get(revokePath)).status).toBe(404);
  });

  test("need a name and a scope", async () => {
    const { app, visitor } = await owned();
    const path = `/apps/${app.id}/settings/keys/new`;
    await visitor.get(path);
    const refused = await visitor.post(path, { name: "" });
    expect(refused.status).toBe(400);
    expect(refused.text.match(/class="problem"/g)).toHaveLength(2);
    expect((await visitor.post(path, { name: "k", scope_read: "1", expires_on: "2020-01-01" })).status).toBe(400);
  });
});

describe("the overview", () => {
  test("follows the first click while it is looked at", async () => {
    const { world, app, visitor } = await owned();
    expect((await visitor.get(`/apps/${app.id}`)).text).toContain(SETUP.steps.click.waiting);
    const live = await stream(world, visitor, `/apps/${app.id}/live/checklist`);
    expect(await live.next()).toContain(SETUP.steps.click.waiting);
    await world.call("/api/track/click", { ref: app.ref, visitor: "v1" }, { key: app.key });
    const after = await live.next();
    expect(after).toContain(SETUP.steps.click.arrived);
    expect(after).not.toContain(SETUP.steps.click.waiting);
    await live.close();
  });

  test("adds up thirty days, and says so where it could not", async () => {
    const { world, app } = await owned();
    for (let day = 0; day < 3; day++) {
      for (const ref of ["one", "two"]) {
        if (day === 0) await world.call("/api/v1/affiliates", { email: `${ref}@example.test`, ref }, { key: app.key });
        await world.call("/api/track/click", { ref, visitor: `v${day}` }, { key: app.key });
        const payment = {
          ref,
          user_id: `${ref}_${day}`,
          amount_cents: 10_000,
          event_id: `${ref}${day}`,
          currency: day === 2 ? "eur" : "usd",
        };
        await world.call("/api/track/conversion", payment, { key: app.key });
      }
      world.advance(DAY_MS);
    }
    const asked = { id: app.id, currency: "usd" };
    const all = await readAppStats(world.deps, asked);
    expect([all.days.length, all.isCut, all.clicks.slice(-4), all.conversions.slice(-4)]).toEqual([
      30,
      false,
      [2, 2, 2, 0],
      [2, 2, 2, 0],
    ]);
    expect(all.sums).toEqual([
      { currency: "usd", conversions: 4, netCents: 11_400, feeCents: 600 },
      { currency: "eur", conversions: 2, netCents: 5_700, feeCents: 300 },
    ]);
    const cut = await readAppStats(world.deps, asked, { scan: 5 });
    expect([cut.days.length, cut.isCut, cut.clicks]).toEqual([3, true, [2, 2, 0]]);
    world.advance(60 * DAY_MS);
    expect((await readAppStats(world.deps, asked)).clicks).toEqual(Array(30).fill(0));
  });
});

describe("the live log", () => {
  test("names the reason of what was refused, narrows it down and runs it again", async () => {
    const { world, app, visitor } = await owned();
    const path = `/apps/${app.id}/activity`;
    expect((await visitor.get(path)).text).toContain(SETUP.activity.emptyTitle);
    await world.call(
      "/api/track/conversion",
      { ref: "gone", user_id: "u_9", amount_cents: 5_000, event_id: "e1" },
      { key: app.key },
    );
    const page = await visitor.get(path);
    expect(page.text).toContain(SETUP.activity.reasons["unknown_ref"] ?? "?");
    expect(page.text).toContain("u_9");
    expect((await visitor.get(`${path}?kind=refund`)).text).toContain(SETUP.activity.refusedEmptyTitle);
    expect((await visitor.get(`${path}?kind=nonsense&cursor=x`)).status).toBe(200);
    const [drop] = await rowsOf(world.db, "drop");
    const again = `${path}/calls/${drop?.["seq"]}`;
    expect((await visitor.get(again)).text).toContain("u_9");
    expect((await visitor.post(again, { ref: app.ref, reason: "" })).status).toBe(400);
    expect((await visitor.post(again, { ref: "gone", reason: "mended" })).status).toBe(404);
    expect((await visitor.post(again, { ref: app.ref, reason: "mended" })).location).toBe(`${path}?done=rerun`);
    expect(await rowsOf(world.db, "conversion")).toHaveLength(1);
    const done = await visitor.get(path);
    expect(done.text).toContain(SETUP.activity.rerunDone);
    expect(done.text).toContain("50.00 USD");
  });

  test("follows what arrives", async () => {
    const { world, app, visitor } = await owned();
    const live = await stream(world, visitor, `/apps/${app.id}/live/activity`);
    expect(await live.next()).toContain(SETUP.activity.emptyTitle);
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u_live" }, { key: app.key });
    expect(await live.next()).toContain("u_live");
    await live.close();
  });
});

test("what strangers and owners wrote is text on every page", async () => {
  const { world, app, visitor } = await owned();
  const evil = `"><img src=x onerror=alert(1)>'&`;
  await world.call("/api/v1/app", { name: `${evil} shop` }, { key: app.key, method: "PATCH" });
  await world.call("/api/v1/keys", { name: evil }, { key: app.key });
  await world.call(
    "/api/track/conversion",
    { ref: app.ref, user_id: evil, amount_cents: 100, event_id: "e" },
    { key: app.key },
  );
  await world.call("/api/track/signup", { ref: "gone", user_id: evil }, { key: app.key });
  await world.call("/api/v1/app/terms", { text: `</textarea>${evil}` }, { key: app.key, method: "PUT" });
  await world.call("/api/v1/app/join", { accounts: "listed" }, { key: app.key, method: "PUT" });
  await world.call(`/api/v1/app/join/accounts/${encodeURIComponent(evil)}`, undefined, { key: app.key, method: "PUT" });
  const key = (await rowsOf(world.db, "api_key")).find(({ name }) => name === evil);
  const paths = [
    "",
    "/tag",
    "/activity",
    "/settings",
    "/settings/joining",
    "/settings/keys",
    `/settings/keys/${key?.["id"]}/roll`,
    `/settings/keys/${key?.["id"]}/revoke`,
  ];
  for (const path of paths) {
    const { status, text } = await visitor.get(`/apps/${app.id}${path}`);
    expect([path, status]).toEqual([path, 200]);
    expect(text).not.toContain("<img");
    expect(text.match(/<script/g)?.length).toBeLessThanOrEqual(2);
  }
  expect((await visitor.get("/apps")).text).not.toContain("<img");
  expect((await visitor.get(`/apps?done=${encodeURIComponent(evil)}`)).text).not.toContain("<img");
});

test("every link of these pages leads to a page", async () => {
  const { world, app, visitor } = await owned({ stripe: { clientId: "ca_12345678", secretKey: "sk_live_1234567890" } });
  await world.call("/api/track/conversion", { ref: app.ref, user_id: "u_1", amount_cents: 100 });
  await world.call("/api/track/signup", { ref: "gone", user_id: "u_2" }, { key: app.key });
  const seen = new Set(["/apps", `/apps/${app.id}`]);
  const dead: string[] = [];
  // Through the pages of the set-up, and one step beyond them.
  for (const path of seen) {
    const { status, text, location } = await visitor.get(path);
    if (status !== 200 && location === null) dead.push(path);
    if (!appRoutes(world).some((route) => pathnameOf(path) === fill(route.path, app)) && path !== "/apps") continue;
    for (const [, href = ""] of text.matchAll(/href="((?:https:\/\/links\.example\.test)?\/[^"]*)"/g)) {
      seen.add(href.replaceAll("&amp;", "&").replace("https://links.example.test", ""));
    }
  }
  expect(dead).toEqual([]);
  expect(seen.size).toBeGreaterThan(30);
});

const NEW_APP = { name: "Mine", currency: "usd", commission_percent: "20", mode: "live" };

async function operating() {
  const world = await createWorld({ config: { operatorEmails: [OPERATOR] } });
  const visitor = openVisitor(world);
  await visitor.signIn(OPERATOR);
  return { world, visitor };
}

/** A world with an app, and its owner signed in. */
async function owned({ stripe, ...options }: Omit<WorldOptions, "config"> & { stripe?: object } = {}) {
  const world = await createWorld({
    ...options,
    config: { operatorEmails: [OPERATOR], ...(stripe === undefined ? {} : { stripe: { ...NO_STRIPE, ...stripe } }) },
  });
  const app = await world.newApp();
  await world.call(
    "/api/v1/app",
    { name: "Shop of kilns", domain: "kilns.example.test" },
    { key: app.key, method: "PATCH" },
  );
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  const visitor = openVisitor(world);
  await visitor.signIn(OWNER);
  await visitor.get("/account");
  return { world, app, visitor };
}

const NO_STRIPE = {
  webhookSecrets: [],
  apiKey: null,
  appId: null,
  clientId: null,
  secretKey: null,
  oauthScope: "read_only",
  apiBase: null,
} as const;

/** Every page and form of one app that is there, each once. */
function appRoutes({ deps }: World) {
  const found = setupPages(deps).routes.filter(
    ({ path, method }) => path.startsWith("/apps/:appId") && method !== "ALL",
  );
  const keys = new Set(found.map(({ method, path }) => `${method} ${path}`));
  return [...keys].map((key) => ({ method: key.split(" ")[0] ?? "", path: key.split(" ")[1] ?? "" }));
}

function fill(path: string, app: TestApp): string {
  return path.replace(":appId", app.id).replace(":keyId", app.spareKeyId).replace(":id", "1");
}

function pathnameOf(path: string): string {
  return path.split(/[?#]/)[0] ?? "";
}

function onceOf({ text }: PageAnswer): string {
  return /name="once" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

function appIdOf({ text }: PageAnswer): string {
  return /href="\/apps\/(app_[\w-]+)"/.exec(text)?.[1] ?? "";
}

function namesOf({ text }: PageAnswer): readonly string[] {
  return [...text.matchAll(/<strong>([^<]+)<\/strong>/g)].map(([, name = ""]) => name);
}

function sumOf({ text }: PageAnswer): readonly string[] {
  const list = /<dl class="sum">(.*?)<\/dl>/s.exec(text)?.[1] ?? "";
  return [...list.matchAll(/<dd>([^<]+)<\/dd>/g)].map(([, amount = ""]) => amount);
}

/** What a page's live part is sent, message by message. */
async function stream(world: World, visitor: Visitor, path: string) {
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await world.request(path, { headers: { Cookie: cookie, Accept: "text/event-stream" } });
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  return {
    async next(): Promise<string> {
      let text = "";
      while (!text.includes("\n\n")) {
        const { done, value } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
      }
      return text;
    },
    close: () => reader.cancel(),
  };
}
