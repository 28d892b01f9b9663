import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix, relative } from "node:path";

/** A part of the house: its files, which rooms they import, and from which they take types alone. The first match counts. */
interface Room {
  readonly name: string;
  readonly files: RegExp;
  readonly imports: readonly string[];
  readonly types?: readonly string[];
}

/** Front doors: they only hand the services to the outside. Of the wiring and of rows they know the types. */
const DOOR = { imports: ["services", "wire", "domain", "texts"], types: ["deps", "env", "runtime", "store"] };

const WORKER = ["domain", "store", "gateways", "services", "wire", "routes", "pages", "jobs", "texts"];
const WIRING = ["app", "ingest", "deps", "env", "runtime", "script", "assets"];

const ROOMS: readonly Room[] = [
  {
    name: "entry",
    files: /^worker\/(?:node|cli|index)\.ts$/,
    imports: [...WORKER, ...WIRING, "dev-file", "cli-backup", "node-visitor"],
  },
  { name: "node-visitor", files: /^worker\/node-visitor\.ts$/, imports: [], types: ["routes"] },
  { name: "cli-backup", files: /^worker\/cli-backup\.ts$/, imports: ["services", "store", "env", "runtime"] },
  { name: "dev-file", files: /^worker\/dev-file\.ts$/, imports: ["runtime"] },
  { name: "app", files: /^worker\/app\.tsx?$/, imports: [...WORKER, ...WIRING] },
  // What every visitor's request loads: none of the pages, jobs or texts.
  { name: "ingest", files: /^worker\/ingest\.ts$/, imports: ["routes", "store"], types: ["deps"] },
  { name: "deps", files: /^worker\/deps\.ts$/, imports: [...WORKER, ...WIRING] },
  { name: "env", files: /^worker\/env\.ts$/, imports: ["domain"] },
  { name: "runtime", files: /^worker\/runtime\.ts$/, imports: ["domain"] },
  { name: "script", files: /^worker\/script\.generated\.ts$/, imports: [] },
  { name: "assets", files: /^worker\/assets\.generated\.ts$/, imports: [] },
  { name: "domain", files: /^worker\/domain\//, imports: ["domain"] },
  { name: "store", files: /^worker\/store\//, imports: ["store", "domain", "schema"] },
  // Every word a person reads, in one place.
  { name: "texts", files: /^worker\/texts\//, imports: ["texts", "domain"] },
  { name: "gateways", files: /^worker\/gateways\//, imports: ["gateways", "domain"], types: ["env", "runtime"] },
  {
    name: "services",
    files: /^worker\/services\//,
    imports: ["services", "domain", "store", "gateways", "texts"],
    types: ["deps", "env", "runtime"],
  },
  // It parses into what a service takes, and presents what a service or a row is.
  { name: "wire", files: /^worker\/wire\//, imports: ["wire", "domain"], types: ["services", "store"] },
  { name: "routes", files: /^worker\/routes\//, ...DOOR, imports: ["routes", "script", ...DOOR.imports] },
  { name: "pages", files: /^worker\/pages\//, ...DOOR, imports: ["pages", "assets", ...DOOR.imports] },
  { name: "jobs", files: /^worker\/jobs\//, ...DOOR, imports: ["jobs", ...DOOR.imports] },
  { name: "schema", files: /^schema\//, imports: ["schema"] },
  // Made at build: no door holds any of it. The schemas of requests are those that validate, the answers are held to presenters.
  { name: "openapi", files: /^openapi\//, imports: ["openapi", "wire", "domain"], types: ["store"] },
  { name: "islands", files: /^islands\//, imports: ["islands"] },
  { name: "snippet", files: /^snippet\//, imports: ["snippet"], types: ["wire"] },
  { name: "referrals", files: /^referrals\//, imports: ["referrals"] },
  // A package of its own: it runs where nothing else of the house is.
  { name: "client", files: /^client\//, imports: ["client"] },
];

/** Packages that only some files may name, in a type import too. */
const PACKAGES: readonly { readonly named: (specifier: string) => boolean; readonly only: RegExp }[] = [
  { named: (specifier) => /^drizzle-orm(?:\/|$)/.test(specifier), only: /^(?:worker\/store|schema)\// },
  { named: (specifier) => /^(?:libsql$|@libsql\/)/.test(specifier), only: /^worker\/store\// },
  {
    // hono/jwt is functions over Web Crypto: no request in them.
    named: (specifier) => specifier !== "hono/jwt" && /^(?:hono(?:\/|$)|@hono\/)/.test(specifier),
    only: /^worker\/(?:(?:app|ingest|node|node-visitor|index)\.tsx?$|routes\/|pages\/)/,
  },
  { named: (specifier) => specifier === "@valibot/to-json-schema", only: /^openapi\/json-schema\.ts$/ },
  { named: (specifier) => specifier === "nanoid", only: /^worker\/runtime\.ts$/ },
  {
    // It needs Node: the edge must not bundle it.
    named: (specifier) => specifier === "rate-limiter-flexible",
    only: /^worker\/gateways\/limits\/memory-limits\.ts$/,
  },
  { named: (specifier) => /^nodemailer(?:\/|$)/.test(specifier), only: /^worker\/gateways\/mail\/smtp-mail\.ts$/ },
  {
    named: (specifier) => specifier === "standardwebhooks",
    only: /^(?:worker\/services\/webhooks\/sign-webhook|client\/src\/verify-webhook)\.ts$/,
  },
  { named: (specifier) => /^stripe(?:\/|$)/.test(specifier), only: /^worker\/gateways\/stripe\// },
  {
    named: (specifier) => /^better-auth(?:\/|$)/.test(specifier),
    only: /^worker\/services\/accounts\/auth\.ts$/,
  },
  { named: (specifier) => specifier === "tldts", only: /^worker\/routes\/ref-cookie\.ts$/ },
  // One place sees to it that no cell begins a formula.
  { named: (specifier) => /^csv-(?:stringify|parse)(?:\/|$)/.test(specifier), only: /^worker\/wire\/csv\.ts$/ },
  {
    // The rest runs on Workers, which know AsyncLocalStorage too. In the store: a file needs its folder, and a file: URL its path.
    named: isBuiltin,
    only: /^worker\/(?:(?:node|node-visitor|cli|cli-backup|index|dev-file)|store\/(?:embedded-db|embedded-connection|embedded-copy|open-db)|gateways\/(?:node-address|sha256\/node-sha256|site\/node-site|static-files\/node-files|webhooks\/node-webhooks))\.ts$/,
  },
];

/** What only some files may say. */
const PHRASES: readonly { readonly what: string; readonly pattern: RegExp; readonly only: RegExp }[] = [
  {
    what: "clock or randomness",
    pattern: /\bDate\.now\b|\bDate\(\s*\)|\bnew Date\b(?!\()|\bMath\.random\b|\bgetRandomValues\b|\brandomUUID\b/,
    only: /^worker\/runtime\.ts$|^(?:snippet|referrals|islands|client)\//,
  },
  {
    // Its tables are large: loaded by import() where one is needed, they cost a start nothing.
    what: "tldts from the start",
    pattern: /\bimport\s+(?!type\b)[^;()]*["']tldts["']/,
    only: /^$/,
  },
  {
    // A third of what the Worker weighs: loaded by import() with the first call that needs Stripe.
    what: "Stripe's SDK from the start",
    pattern: /\b(?:import|export)\s+(?!type\b)(?:[^;()]*\bfrom\s*)?["']stripe["']/,
    only: /^$/,
  },
  {
    // With zod and drizzle it is another third: loaded by import() when somebody signs in.
    what: "better-auth or its database from the start",
    pattern: /\b(?:import|export)\s+(?!type\b)(?:[^;()]*\bfrom\s*)?["'](?:better-auth\b[^"']*|[^"']*\/auth-db\.ts)["']/,
    only: /^$/,
  },
  {
    // Node's own, and of no use to who sends no mail by SMTP.
    what: "nodemailer from the start",
    pattern: /\bimport\s+(?!type\b)[^;()]*["']nodemailer["']/,
    only: /^$/,
  },
  {
    // The oldest Node that it runs on knows none of these, and tests run on a newer one.
    what: "what Node 20 lacks",
    pattern: /\bPromise\.(?:withResolvers|try)\b|\b(?:Object|Map)\.groupBy\b|\bArray\.fromAsync\b|\bRegExp\.escape\b/,
    only: /^$/,
  },
  {
    what: "SQL",
    pattern:
      /["'`]\s*(?:select|SELECT|insert into|INSERT (?:INTO|OR)|UPDATE \w+ SET|delete from|DELETE FROM|WITH \w+ AS)\s/,
    only: /^(?:worker\/store|schema|snippet)\//,
  },
];

/** One sentence for each import or phrase of `source` that the house forbids to `file` (from the root, with slashes). */
export function houseViolations(file: string, source: string): readonly string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} is in no room of the house`];
  const code = withoutComments(source);
  return [
    ...importsOf(code).flatMap((found) => importViolation({ file, room, found }) ?? []),
    ...PHRASES.filter(({ pattern, only }) => !only.test(file) && pattern.test(code)).map(
      ({ what }) => `${file} may not contain ${what}`,
    ),
  ];
}

/** The same for every source file below `root`. */
export function houseViolationsOfTree(root: string): readonly string[] {
  const files = ["worker", "openapi", "schema", "snippet", "referrals", "islands", "client/src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name)),
  );
  const sources = files.filter((file) => /(?<!\.d)\.tsx?$/.test(file));
  return sources.flatMap((file) => houseViolations(relative(root, file), readFileSync(file, "utf8")));
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function importViolation(at: {
  readonly file: string;
  readonly room: Room;
  readonly found: Import;
}): string | undefined {
  const { file, room, found } = at;
  const { specifier, typeOnly } = found;
  if (specifier === COMPUTED) return `${file} computes what it imports`;
  if (!specifier.startsWith(".")) {
    const isForbidden = PACKAGES.some(({ named, only }) => named(specifier) && !only.test(file));
    return isForbidden ? `${file} may not import ${specifier}` : undefined;
  }
  const target = posix.join(posix.dirname(file), specifier);
  const to = roomOf(target);
  if (to === undefined) return `${file} imports ${target}, which is in no room of the house`;
  if (room.imports.includes(to.name) || (typeOnly && room.types?.includes(to.name))) return undefined;
  return `${file}: ${room.name} may not import ${to.name} (${target})`;
}

function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ files }) => files.test(file));
}

const COMPUTED = "${}";
const STATEMENT = /^\s*(?:import|export)\b(?<type>\s+type\s+(?!from\b))?/gm;
const SPECIFIER = /\b(?:from|(?<call>import|require)\s*\(?)\s*(?<quote>["'`])(?<specifier>[^"'`\n]+)\k<quote>/g;
const COMPUTED_IMPORT = /\bimport\s*\(\s*(?:[^"'`\s]|`[^`]*\$\{)/;

/** Reads text, not syntax: it may see an import inside a string, which is loud, and misses none that the formatter wrote. */
function importsOf(code: string): readonly Import[] {
  const statements = [...code.matchAll(STATEMENT)];
  const found = [...code.matchAll(SPECIFIER)].map(({ index, groups }) => ({
    specifier: groups?.["specifier"] ?? "",
    typeOnly:
      groups?.["call"] === undefined &&
      statements.findLast((statement) => statement.index < index)?.groups?.["type"] !== undefined,
  }));
  return COMPUTED_IMPORT.test(code) ? [...found, { specifier: COMPUTED, typeOnly: false }] : found;
}

// Strings are matched to be kept: a URL or a glob holds what looks like a comment.
const STRING_OR_COMMENT = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|\/\*[^]*?\*\/|\/\/.*/g;

function withoutComments(source: string): string {
  return source.replaceAll(STRING_OR_COMMENT, (text) => (text.startsWith("/") ? " " : text));
}

if (import.meta.main) {
  const violations = houseViolationsOfTree(join(import.meta.dirname, "../.."));
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
