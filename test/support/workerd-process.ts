import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { build } from "esbuild";

/**
 * Runs a module's worker in workerd, without wrangler, whose proxy takes more time for a request than the worker does. It reaches
 * this machine alone.
 */
export async function startWorkerdProcess(
  entry: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-workerd-"));
  await build({
    entryPoints: [entry],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".sql": "text" },
    // workerd has these itself, as the worker that wrangler bundles takes them.
    external: ["node:*"],
  });
  writeFileSync(join(folder, "config.capnp"), CONFIG);
  const args = ["serve", join(folder, "config.capnp"), `--control-fd=${CONTROL}`];
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const ended = once(child, "exit");
  process.once("exit", () => child.kill());
  return {
    url: `http://127.0.0.1:${await portOf(child)}/`,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const program: string = createRequire(import.meta.url)("workerd").default;

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "worker", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
);
`;

/** Where workerd tells, as lines of JSON, on which ports it listens. */
const CONTROL = 3;

async function portOf(child: ChildProcess): Promise<number> {
  const control = child.stdio[CONTROL];
  if (!(control instanceof Readable)) throw new Error("workerd tells nothing");
  for await (const line of createInterface({ input: control })) {
    const told: { readonly event: string; readonly port?: number } = JSON.parse(line);
    if (told.event === "listen" && told.port !== undefined) return told.port;
  }
  throw new Error("workerd ended before it listened");
}
