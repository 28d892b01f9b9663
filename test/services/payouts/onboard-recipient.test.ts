import { beforeEach, describe, expect, test } from "vitest";
import { openMethod } from "../../../worker/services/payouts/sealed-method.ts";
import { findPayoutMethod } from "../../../worker/store/payout-method-store.ts";
import { refused } from "../../support/answers.ts";
import { dumpApp, rowsOf } from "../../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import type { FakeStripe } from "../../support/fake-stripe.ts";
import {
  APP_KEY,
  createPayoutWorld,
  fundByOperator,
  OPERATOR_STRIPE_KEY,
  storePayoutKey,
} from "../../support/stripe-payouts.ts";
import type { Answer, TestApp, World } from "../../support/world.ts";

let db: FaultyDb;
let world: World;
let fake: FakeStripe;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  ({ world, fake } = await createPayoutWorld({ db }));
  app = await world.newApp();
});

describe("an app with a key of its own", () => {
  beforeEach(() => storePayoutKey(world, app));

  test("R-recipients a creator goes to Stripe, and is paid there once Stripe says so", async () => {
    const first = await onboard();
    expect(first).toMatchObject({ status: 200, body: { status: "onboarding" } });
    expect(first.body.url).toMatch(/^https:\/\/connect\.stripe\.com\//);
    expect(fake.requests.at(-1)?.form).toMatchObject({
      return_url: "https://links.example.test/payouts/stripe/return",
      refresh_url: "https://links.example.test/payouts/stripe/refresh",
    });
    expect((await onboard()).body.status).toBe("onboarding");
    expect(await method()).toBeNull();

    const account = await accountIn();
    fake.payouts.setActive(account, true);
    expect(await onboard()).toMatchObject({ status: 200, body: { status: "ready" } });
    expect(await method()).toEqual({ kind: "stripe", account, payer: "app" });
    const stands = await dumpApp(db, app.id);
    expect((await onboard()).body).toEqual({ status: "ready" });
    expect(await dumpApp(db, app.id)).toEqual(stands);
    expect(made()).toHaveLength(1);
    expect(fake.requests.every(({ headers }) => headers.authorization === `Bearer ${APP_KEY}`)).toBe(true);
  });

  test("R-recipients twenty calls at once make one account", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => onboard()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(made().map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(await rowsOf(db, "stripe_recipient")).toHaveLength(1);
    const { body } = await world.call("/api/v1/audit?action=recipient.created", undefined, { key: app.key });
    expect(body.entries).toMatchObject([{ object: app.affiliateId, after: { payer: "app" } }]);
  });

  test("R-recipients an answer that is lost, of Stripe's or of the database, leaves one account", async () => {
    fake.fail("lost");
    expect(await onboard()).toEqual(refused(503, "unavailable"));
    db.fault("lost-answer");
    expect((await onboard()).status).toBe(503);
    db.fault("none");
    expect((await onboard()).body.status).toBe("onboarding");
    db.fault("repeated");
    expect((await onboard()).body.status).toBe("onboarding");
    expect(new Set(made().map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(await rowsOf(db, "stripe_recipient")).toHaveLength(1);
  });

  test("R-recipients asked for with another country after an answer was lost, it is another request", async () => {
    fake.fail("lost");
    expect((await onboard()).status).toBe(503);
    expect((await onboard({ country: "DE" })).body.status).toBe("onboarding");
    expect(await rowsOf(db, "stripe_recipient")).toHaveLength(1);
  });

  test("R-recipients of another country is under the recipient agreement, of the same under none", async () => {
    expect((await onboard({ country: "de" })).body.status).toBe("onboarding");
    expect(made()[0]?.form).toMatchObject({ country: "DE", "tos_acceptance[service_agreement]": "recipient" });
    const other = await world.newApp();
    await storePayoutKey(world, other);
    expect((await onboard({ country: "US" }, other)).body.status).toBe("onboarding");
    expect(made()[1]?.form).not.toHaveProperty("tos_acceptance[service_agreement]");
    for (const country of ["GER", "", 5, "D1"]) {
      expect(await onboard({ country })).toEqual(refused(400, "invalid_request", ["country"]));
    }
  });

  test("R-recipients of a platform that the app has left is made anew by the other", async () => {
    await onboard();
    const former = await accountIn();
    await storePayoutKey(world, app, "sk_live_another");
    expect((await onboard()).body.status).toBe("onboarding");
    const account = await accountIn();
    expect(account).not.toBe(former);
    expect(await rowsOf(db, "stripe_recipient")).toHaveLength(1);
    expect((await onboard()).body.status).toBe("onboarding");
    expect(await accountIn()).toBe(account);
  });

  test("R-recipients E-conflict 409 with Stripe's word where it refuses, and nothing is kept", async () => {
    fake.revoke(APP_KEY);
    const answer = await onboard();
    expect(answer).toMatchObject(refused(409, "conflict"));
    expect(answer.body.error.message).toContain("invalid_request_error");
    expect(JSON.stringify(answer.body)).not.toContain("sk_live");
    expect(await rowsOf(db, "stripe_recipient")).toEqual([]);
  });

  test("D-tenancy R-recipients another app's creator is not there", async () => {
    const stranger = await world.newApp();
    await storePayoutKey(world, stranger);
    const path = `/api/v1/affiliates/${app.affiliateId}/payout-method/stripe`;
    expect(await world.call(path, {}, { key: stranger.key })).toEqual(refused(404, "not_found"));
    expect(fake.requests).toEqual([]);
  });
});

describe("who pays", () => {
  test.each([
    ["nobody, without a key", async () => {}, null],
    ["the app", () => storePayoutKey(world, app), "app"],
    ["the operator, where they say so", () => fundByOperator(world, app), "operator"],
    [
      "the app, though the operator would",
      async () => {
        await fundByOperator(world, app);
        await storePayoutKey(world, app);
      },
      "app",
    ],
    ["nobody, with a key of the other mode", () => storePayoutKey(world, app, "sk_test_of_the_shop"), null],
  ])("R-recipients %s", async (_, set, payer) => {
    await set();
    const answer = await onboard();
    if (payer === null) {
      expect(answer).toEqual(refused(409, "conflict"));
      expect(fake.requests).toEqual([]);
      return;
    }
    expect(answer.status).toBe(200);
    expect(await rowsOf(db, "stripe_recipient")).toMatchObject([{ affiliate: app.affiliateId, payer }]);
    const key = payer === "app" ? APP_KEY : OPERATOR_STRIPE_KEY;
    expect(fake.requests.every(({ headers }) => headers.authorization === `Bearer ${key}`)).toBe(true);
  });

  test("R-recipients whoever takes over paying has an account of their own with the creator", async () => {
    await fundByOperator(world, app);
    await onboard();
    await storePayoutKey(world, app);
    await onboard();
    expect((await rowsOf(db, "stripe_recipient")).map(({ payer }) => String(payer)).toSorted()).toEqual([
      "app",
      "operator",
    ]);
  });
});

test.each(["return", "refresh"])("R-recipients Stripe sends a creator back to a page: %s", async (name) => {
  const response = await world.request(`/payouts/stripe/${name}`);
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Security-Policy")).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; /,
  );
  expect(await response.text()).toContain("<h1>");
});

function onboard(body: object = {}, of: TestApp = app): Promise<Answer> {
  return world.call(`/api/v1/affiliates/${of.affiliateId}/payout-method/stripe`, body, { key: of.key });
}

function made() {
  return fake.requests.filter(({ method: verb, path }) => verb === "POST" && path === "/v1/accounts");
}

async function accountIn(): Promise<string> {
  const [row] = await rowsOf(db, "stripe_recipient");
  return String(row?.["account"]);
}

async function method() {
  const found = await findPayoutMethod(db, app.id, app.affiliateId);
  return found?.method == null ? null : openMethod(world.deps, found.method);
}
