import { unpackChromium } from "./browser.ts";

/** vitest globalSetup: unpacks the browser once, before the clocks of the tests run. About 2 s, then never again. */
export default async function setup(): Promise<void> {
  if (!process.env["CHROMIUM_PATH"]) await unpackChromium();
}
