import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { systemRuntime } from "./runtime.ts";

/** What dev keeps between starts, for the owner of this machine alone. */
const DEV_FILE = "data/dev.json";

export interface DevFile {
  readonly operatorKey: string;
  readonly authSecret: string;
  readonly demo?: { readonly appId: string; readonly secretKey: string };
}

/** The keys of dev: those of the last start, or new ones. A file that is no JSON is an error worth seeing. */
export function readDevFile(): DevFile {
  let kept: Partial<DevFile> = {};
  try {
    kept = asDevFile(JSON.parse(readFileSync(DEV_FILE, "utf8")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return { operatorKey: randomSecret("al_op_"), authSecret: randomSecret(""), ...kept };
}

export function keepDevFile(kept: DevFile): void {
  mkdirSync("data", { recursive: true });
  writeFileSync(DEV_FILE, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
}

/** The file is ours: `keepDevFile` wrote it. */
function asDevFile(value: unknown): Partial<DevFile> {
  return value as Partial<DevFile>;
}

function randomSecret(prefix: string): string {
  return prefix + Buffer.from(systemRuntime.randomBytes(32)).toString("base64url");
}
