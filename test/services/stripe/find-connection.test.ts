import { beforeEach, describe, expect, test } from "vitest";
import type { StripeConfig } from "../../../worker/env.ts";
import {
  findConnection,
  findConnectionOfAccount,
  findOwnConnection,
} from "../../../worker/services/stripe/find-connection.ts";
import type { Db } from "../../../worker/store/db.ts";
import { CONNECT, connect, createConnectWorld } from "../../support/stripe-connect.ts";
import { openMigratedDb } from "../../support/template-db.ts";
import { createWorld, NO_STRIPE, type World } from "../../support/world.ts";

const OWN_KEY = "rk_live_of_the_app_1234";
const PLATFORM = { key: "sk_live_of_the_platform" };
const INSTALLATION: StripeConfig = { ...NO_STRIPE, apiKey: "rk_live_of_the_installation" };

let db: Db;

beforeEach(() => {
  db = openMigratedDb();
});

describe("the connection of an app", () => {
  test("has the defaults where the app has said nothing, and is none without an app", async () => {
    const world = await createWorld();
    const app = await world.newApp();
    expect(await findConnection(world.deps, app.id)).toEqual({
      appId: app.id,
      livemode: true,
      account: "",
      webhookSecrets: [],
      credentials: null,
      netOfTax: true,
      bareRefs: false,
      outOfBand: false,
    });
    expect(await findConnection(world.deps, "app_none")).toBeNull();
  });

  test("is what the app has said, its secrets opened, and nothing of another app's", async () => {
    const world = await createWorld();
    const [app, other] = [await world.newApp(), await world.newApp()];
    const said = { webhook_secrets: ["whsec_endpoint_1", "whsec_endpoint_2"], restricted_key: OWN_KEY };
    const settings = { net_of_tax: false, bare_client_reference_ids: true, out_of_band: true };
    await world.call("/api/v1/app/stripe", { ...said, ...settings }, { key: app.key, method: "PUT" });
    expect(await findConnection(world.deps, app.id)).toEqual({
      appId: app.id,
      livemode: true,
      account: "",
      webhookSecrets: said.webhook_secrets,
      credentials: { key: OWN_KEY, account: null },
      netOfTax: false,
      bareRefs: true,
      outOfBand: true,
    });
    expect(await findConnection(world.deps, other.id)).toMatchObject({ webhookSecrets: [], credentials: null });
  });

  test("cannot be read with another AUTH_SECRET", async () => {
    const world = await createWorld({ db });
    const app = await world.newApp();
    await world.call("/api/v1/app/stripe", { restricted_key: OWN_KEY }, { key: app.key, method: "PUT" });
    const other = await createWorld({ db, config: { authSecret: "t".repeat(32) } });
    await expect(findConnection(other.deps, app.id)).rejects.toThrow("AUTH_SECRET");
  });
});

describe("whose key asks Stripe", () => {
  test("the app's own before the platform's, the platform's for a connected account alone", async () => {
    const at = await createConnectWorld({ config: { stripe: { ...CONNECT, apiKey: INSTALLATION.apiKey } } });
    const { world } = at;
    const app = await world.newApp();
    await connect(at, app, { account: "acct_1" });
    const credentials = async () => (await findConnection(world.deps, app.id))?.credentials;
    expect(await credentials()).toEqual({ ...PLATFORM, account: "acct_1" });
    await world.call("/api/v1/app/stripe", { restricted_key: OWN_KEY }, { key: app.key, method: "PUT" });
    expect(await credentials()).toEqual({ key: OWN_KEY, account: null });
    expect(await findConnection(world.deps, app.id)).toMatchObject({ account: "acct_1" });
  });

  test("the installation's, for the only app of the mode, or for the app it names", async () => {
    const world = await createWorld({ db, config: { stripe: INSTALLATION } });
    const app = await world.newApp();
    await testApp(world);
    const own = { key: "rk_live_of_the_installation", account: null };
    expect((await findConnection(world.deps, app.id))?.credentials).toEqual(own);
    const second = await world.newApp();
    expect((await findConnection(world.deps, app.id))?.credentials).toBeNull();
    const named = await createWorld({ db, config: { stripe: { ...INSTALLATION, appId: second.id } } });
    expect((await findConnection(named.deps, app.id))?.credentials).toBeNull();
    expect((await findConnection(named.deps, second.id))?.credentials).toEqual(own);
  });

  test("none of the other mode than the app's", async () => {
    const world = await createWorld({ db, config: { stripe: INSTALLATION } });
    const appId = await testApp(world);
    expect((await findConnection(world.deps, appId))?.credentials).toBeNull();
    const fits = await createWorld({ db, config: { stripe: { ...INSTALLATION, apiKey: "sk_test_of_it" } } });
    expect((await findConnection(fits.deps, appId))?.credentials).toEqual({ key: "sk_test_of_it", account: null });
  });
});

describe("the connection of an account", () => {
  test("is the app's that it was connected to in this mode", async () => {
    const at = await createConnectWorld();
    const [app, other] = [await at.world.newApp(), await at.world.newApp()];
    await connect(at, app, { account: "acct_1" });
    await connect(at, other, { account: "acct_2" });
    const of = (account: string, livemode = true) => findConnectionOfAccount(at.world.deps, { account, livemode });
    expect(await of("acct_1")).toMatchObject({ appId: app.id, account: "acct_1", livemode: true });
    expect(await of("acct_2")).toMatchObject({ appId: other.id, account: "acct_2" });
    expect(await of("acct_1", false)).toBeNull();
    expect(await of("acct_3")).toBeNull();
    expect(await of("")).toBeNull();
  });
});

describe("the connection of the installation's own account", () => {
  test("is the only app's of the mode: of none, or of several, nothing says which", async () => {
    const world = await createWorld();
    const own = (livemode: boolean) => findOwnConnection(world.deps, { livemode });
    expect(await own(true)).toBe("ambiguous");
    const app = await world.newApp();
    expect(await own(true)).toMatchObject({ appId: app.id });
    expect(await own(false)).toBe("ambiguous");
    const inTest = await testApp(world);
    expect(await own(false)).toMatchObject({ appId: inTest, livemode: false });
    await world.newApp();
    expect(await own(true)).toBe("ambiguous");
    expect(await own(false)).toMatchObject({ appId: inTest });
  });

  test("is the named app's, in its mode alone", async () => {
    const world = await createWorld({ db });
    const [app] = [await world.newApp(), await world.newApp()];
    const named = await createWorld({ db, config: { stripe: { ...NO_STRIPE, appId: app.id } } });
    expect(await findOwnConnection(named.deps, { livemode: true })).toMatchObject({ appId: app.id });
    expect(await findOwnConnection(named.deps, { livemode: false })).toBeNull();
    const gone = await createWorld({ db, config: { stripe: { ...NO_STRIPE, appId: `app_${"x".repeat(21)}` } } });
    expect(await findOwnConnection(gone.deps, { livemode: true })).toBeNull();
  });
});

async function testApp(world: World): Promise<string> {
  const body = { name: "Test app", commission_percent: 30, mode: "test" };
  return (await world.call("/api/v1/apps", body, { key: world.operatorKey })).body.app.id;
}
