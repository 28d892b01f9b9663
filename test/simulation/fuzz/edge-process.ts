import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { bundleForWorkerd } from "../../support/workerd-process.ts";

export interface EdgeProcess {
  readonly url: string;
  /** Where each call is one run of the jobs. */
  readonly cron: string;
  readonly stop: () => Promise<void>;
}

interface EdgeParts {
  readonly bindings: Readonly<Record<string, string>>;
  /** The folder of the deployment's assets. */
  readonly site: string;
  /** On this machine: every fetch of the worker goes there, whatever its address. */
  readonly outsidePort: number;
  readonly printed: (text: string) => void;
}

/** `edge-worker.ts` in workerd, on the compatibility date of a deployment, with its assets, and with this machine for its outside. */
export async function startEdgeProcess(parts: EdgeParts): Promise<EdgeProcess> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-workerd-"));
  const modules = await bundleForWorkerd({ entryPoints: [join(import.meta.dirname, "edge-worker.ts")] });
  writeFileSync(join(folder, "index.js"), modules["index.js"] ?? "");
  writeFileSync(join(folder, "config.capnp"), configFor(parts));
  const args = ["serve", join(folder, "config.capnp"), `--control-fd=${CONTROL}`];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => parts.printed(chunk.toString()));
  const ended = once(child, "exit");
  const kill = () => void child.kill();
  process.once("exit", kill);
  const ports = await portsOf(child);
  return {
    url: `http://127.0.0.1:${ports.get("worker") ?? 0}`,
    cron: `http://127.0.0.1:${ports.get("cron") ?? 0}`,
    async stop() {
      process.off("exit", kill);
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const program: string = createRequire(import.meta.url)("workerd").default;

function configFor({ bindings, site, outsidePort }: EdgeParts): string {
  // A string of JSON is one of Cap'n Proto's, too.
  const texts = Object.entries(bindings).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "site", disk = (path = ${JSON.stringify(site)})),
    (name = "outside", external = (address = "127.0.0.1:${outsidePort}", http = ())),
  ],
  sockets = [
    (name = "worker", address = "127.0.0.1:0", http = (), service = "worker"),
    (name = "cron", address = "127.0.0.1:0", http = (), service = (name = "worker", entrypoint = "cron")),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${setting("compatibility_date")},
  compatibilityFlags = ${setting("compatibility_flags")},
  globalOutbound = "outside",
  bindings = [(name = "ASSETS", service = "site"), ${texts.join(", ")}],
);
`;
}

/** A line of wrangler.toml, whose strings and lists are written as those of Cap'n Proto are. */
function setting(name: string): string {
  const value = new RegExp(`^${name} = (.+)$`, "m").exec(readFileSync("wrangler.toml", "utf8"))?.[1];
  if (value === undefined) throw new Error(`wrangler.toml has no ${name}`);
  return value;
}

/** Where workerd tells, as lines of JSON, on which ports it listens. */
const CONTROL = 3;

async function portsOf(child: ChildProcess): Promise<ReadonlyMap<string, number>> {
  const control = child.stdio[CONTROL];
  if (!(control instanceof Readable)) throw new Error("workerd tells nothing");
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    const told: { readonly event: string; readonly socket?: string; readonly port?: number } = JSON.parse(line);
    if (told.event === "listen" && told.port !== undefined) ports.set(told.socket ?? "", told.port);
    if (ports.size === 2) return ports;
  }
  throw new Error("workerd ended before it listened");
}
