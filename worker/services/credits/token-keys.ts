import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { findTokenKeys, readTokenKeys, type TokenKey, writeFirstTokenKey } from "../../store/token-key-store.ts";
import { open, seal, toBase64Url } from "../sealing.ts";

/** As much as HMAC-SHA-256 makes use of (RFC 2104 §3). */
const SECRET_BYTES = 32;

/** A key with its secret. */
export interface OpenTokenKey {
  readonly id: string;
  readonly secret: string;
}

/** A new key: its id, its secret, and that as the database keeps it. */
export async function drawTokenKey(deps: Deps) {
  const secret = toBase64Url(deps.randomBytes(SECRET_BYTES));
  const sealed = await seal(deps.config.authSecret, secret, deps.randomBytes);
  return { id: deps.newId("tkk"), secret, sealed };
}

/** The key that an app's tokens are signed with, made on first need. Null: no such app. */
export async function signingKey(deps: Deps, appId: string): Promise<OpenTokenKey | null> {
  const now = deps.now();
  const [known] = await findTokenKeys(deps.db, appId, now);
  if (known !== undefined && known.endsAt === null) return opened(deps, known);
  const { id, sealed } = await drawTokenKey(deps);
  const [first] = readTokenKeys(await deps.db.batch(writeFirstTokenKey(appId, { id, sealed, now })));
  if (first === undefined) return null;
  assert(first.endsAt === null, "a key that signs has no end");
  return opened(deps, first);
}

/** The keys whose tokens are believed now. */
export async function believedKeys(deps: Deps, appId: string): Promise<readonly OpenTokenKey[]> {
  const keys = await findTokenKeys(deps.db, appId, deps.now());
  return Promise.all(keys.map((key) => opened(deps, key)));
}

async function opened({ config }: Deps, { id, sealed }: TokenKey): Promise<OpenTokenKey> {
  return { id, secret: await open(config.authSecret, sealed) };
}
