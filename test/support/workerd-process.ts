import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { build } from "esbuild";

export interface WorkerdProcess {
  /** Ends with a slash. */
  readonly url: string;
  readonly pid: number;
  /** What V8's inspector lists, null unless asked for. */
  readonly inspectorUrl: string | null;
  readonly stop: () => Promise<void>;
}

/**
 * Runs a module's worker in workerd, without wrangler, whose proxy takes more time for a request than the worker does. It reaches
 * this machine alone.
 */
export async function startWorkerdProcess(entry: string): Promise<WorkerdProcess> {
  return serveInWorkerd(await bundleForWorkerd({ entryPoints: [entry] }));
}

/** The modules of a worker, by name; `index.js` is its entry. */
export type WorkerModules = Readonly<Record<string, string>>;

/** A worker as one module, near enough to how wrangler bundles it. */
export async function bundleForWorkerd(
  source: { readonly entryPoints: string[] } | { readonly stdin: { readonly contents: string; resolveDir: string } },
): Promise<WorkerModules> {
  const built = await build({
    ...source,
    write: false,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".sql": "text" },
    // workerd has these itself, as the worker that wrangler bundles takes them.
    external: ["node:*"],
  });
  return { "index.js": built.outputFiles[0]?.text ?? "" };
}

/** What a deployment binds to its worker: strings, and rate limits that let everything through. */
export interface WorkerdBindings {
  readonly texts?: Readonly<Record<string, string>>;
  readonly limits?: readonly string[];
}

export interface WorkerdOptions {
  /** With V8's inspector and, as it does not answer `HeapProfiler.collectGarbage`, with `gc` in the worker. */
  readonly inspected?: boolean;
  /** What the worker logs is left out. */
  readonly quiet?: boolean;
}

/** These modules as a worker in workerd, on the compatibility date and with the flags of a deployment. */
export async function serveInWorkerd(
  modules: WorkerModules,
  bindings: WorkerdBindings = {},
  { inspected = false, quiet = false }: WorkerdOptions = {},
): Promise<WorkerdProcess> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-workerd-"));
  for (const [name, code] of Object.entries({ ...modules, [LIMIT]: OPEN_LIMIT }))
    writeFileSync(join(folder, name), code);
  const config = compiled(join(folder, "config.capnp"), configFor(Object.keys(modules), bindings, { inspected }));
  const args = ["serve", "--binary", config, `--control-fd=${CONTROL}`];
  if (inspected) args.push("--inspector-addr=127.0.0.1:0");
  const output = quiet ? "ignore" : "inherit";
  const child = spawn(program, args, { stdio: ["ignore", output, output, "pipe"] });
  const ended = once(child, "exit");
  const kill = () => child.kill();
  process.once("exit", kill);
  const ports = await portsOf(child, inspected ? [LISTENS, INSPECTED] : [LISTENS]);
  return {
    url: `http://127.0.0.1:${ports.get(LISTENS)}/`,
    pid: child.pid ?? 0,
    inspectorUrl: inspected ? `http://127.0.0.1:${ports.get(INSPECTED)}/json` : null,
    async stop() {
      process.off("exit", kill);
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Ahead, so that a process does not begin with what a platform has done before it. */
function compiled(file: string, text: string): string {
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(program, ["compile", "--config-only", file], {
    maxBuffer: MAX_CONFIG_BYTES,
  });
  if (status !== 0) throw new Error(`workerd does not take its configuration: ${stderr.toString()}`);
  writeFileSync(`${file}.bin`, stdout);
  return `${file}.bin`;
}

/** With all modules in it. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024;

const program: string = createRequire(import.meta.url)("workerd").default;

const LIMIT = "open-limit.js";
const OPEN_LIMIT = "export default () => ({ limit: async () => ({ success: true }) });";

function configFor(
  names: readonly string[],
  { texts = {}, limits = [] }: WorkerdBindings,
  { inspected }: { readonly inspected: boolean },
): string {
  // The first is the entry.
  const modules = ["index.js", ...names.filter((name) => name !== "index.js")];
  const bound = [
    // A string of JSON is one of Cap'n Proto's, too.
    ...Object.entries(texts).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`),
    ...limits.map((name) => `(name = "${name}", wrapped = (moduleName = "agentlinks:limit"))`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "worker", address = "127.0.0.1:0", http = (), service = "worker")],
  extensions = [(modules = [(name = "agentlinks:limit", internal = true, esModule = embed "${LIMIT}")])],
  v8Flags = [${inspected ? '"--expose-gc"' : ""}],
);

const worker :Workerd.Worker = (
  modules = [${modules.map((name) => `(name = "${name}", esModule = embed "${name}")`).join(", ")}],
  bindings = [${bound.join(", ")}],
  compatibilityDate = ${setting("compatibility_date")},
  compatibilityFlags = ${setting("compatibility_flags")},
);
`;
}

/** A line of wrangler.toml, whose strings and lists are written as those of Cap'n Proto are. */
function setting(name: string): string {
  const value = new RegExp(`^${name} = (.+)$`, "m").exec(readFileSync("wrangler.toml", "utf8"))?.[1];
  if (value === undefined) throw new Error(`wrangler.toml has no ${name}`);
  return value;
}

/** Where workerd tells, as lines of JSON, on which ports it listens, and for what. */
const CONTROL = 3;
const LISTENS = "listen";
const INSPECTED = "listen-inspector";

async function portsOf(child: ChildProcess, events: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const control = child.stdio[CONTROL];
  if (!(control instanceof Readable)) throw new Error("workerd tells nothing");
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    const told: { readonly event: string; readonly port?: number } = JSON.parse(line);
    if (told.port !== undefined) ports.set(told.event, told.port);
    if (events.every((event) => ports.has(event))) return ports;
  }
  throw new Error("workerd ended before it listened");
}
