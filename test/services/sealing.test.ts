import { createCipheriv, hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { systemRuntime } from "../../worker/runtime.ts";
import { open, seal } from "../../worker/services/sealing.ts";

const SECRET = "s".repeat(32);
const TEXT = '["whsec_of_the_shop","ü – 漢字 😀"]';
const { randomBytes } = systemRuntime;

describe("a sealed text", () => {
  test.each([TEXT, "", "x".repeat(10_000)])("is opened with the secret it was sealed with: %#", async (text) => {
    expect(await open(SECRET, await seal(SECRET, text, randomBytes))).toBe(text);
  });

  test("shows nothing of itself, and looks another way each time", async () => {
    const [one, other] = [await seal(SECRET, TEXT, randomBytes), await seal(SECRET, TEXT, randomBytes)];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^[\w-]+$/);
    expect(Buffer.from(one, "base64url").toString("latin1")).not.toContain("whsec");
  });

  test("is HKDF's key and AES-GCM's text after its IV, as Node makes them too", async () => {
    const key = Buffer.from(hkdfSync("sha256", SECRET, "", "agentlinks sealing v1", 32));
    const iv = Buffer.alloc(12, 7);
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    const sealed = Buffer.concat([iv, cipher.update(TEXT), cipher.final(), cipher.getAuthTag()]).toString("base64url");
    expect(await seal(SECRET, TEXT, () => iv)).toBe(sealed);
    expect(await open(SECRET, sealed)).toBe(TEXT);
  });

  test("cannot be opened with another secret", async () => {
    const sealed = await seal(SECRET, TEXT, randomBytes);
    await expect(open("t".repeat(32), sealed)).rejects.toThrow("AUTH_SECRET");
  });

  test("is refused when any of its bytes was changed", async () => {
    const bytes = Buffer.from(await seal(SECRET, "text", randomBytes), "base64url");
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(SECRET, changed.toString("base64url"))).rejects.toThrow("cannot be read");
    }
  });

  test.each(["", "A", "AAAA", "not sealed at all", TEXT])("what was never sealed is refused: %j", async (text) => {
    await expect(open(SECRET, text)).rejects.toThrow("cannot be read");
  });
});
