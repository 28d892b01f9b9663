import * as v from "valibot";

/** The settings of an installation, parsed once. README.md lists the variables. */
export interface Config {
  readonly env: "dev" | "production";
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseAuthToken: string | undefined;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly operatorKey: string;
  readonly authSecret: string;
  /** The part of every commission that goes to the installation, unless an app has its own. */
  readonly platformFeeBps: number;
}

/** What is missing or wrong, one line a variable. */
export type ConfigProblems = readonly string[];

const DEV_DATABASE_URL = "file:data/agentlinks.db";

/** 32 characters of base62 are 190 bits; fewer may be guessed. */
const MIN_SECRET_LENGTH = 32;

/**
 * The configuration of these variables, or every problem with them at once. `defaults` are the values dev makes up for
 * itself; in production there are none, so that nothing runs on a guess.
 */
export function parseEnv(
  variables: Readonly<Record<string, string | undefined>>,
  defaults: { readonly operatorKey?: string; readonly authSecret?: string } = {},
): { readonly config: Config } | { readonly problems: ConfigProblems } {
  const parsed = v.safeParse(EnvSchema, withDefaults(variables, defaults));
  if (!parsed.success) {
    return { problems: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "environment"}: ${issue.message}`) };
  }
  const env = parsed.output;
  return {
    config: {
      env: env.ENV,
      host: env.HOST,
      port: env.PORT,
      databaseUrl: env.DATABASE_URL,
      databaseAuthToken: env.DATABASE_AUTH_TOKEN,
      publicUrl: env.PUBLIC_URL.replace(/\/+$/, ""),
      operatorKey: env.OPERATOR_KEY,
      authSecret: env.AUTH_SECRET,
      platformFeeBps: env.PLATFORM_FEE_BPS,
    },
  };
}

/** Where the database is, for the commands that need nothing else; null when production does not say. */
export function databaseOf(
  variables: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly authToken: string | undefined } | null {
  const fallback = variables["ENV"] === "production" ? "" : DEV_DATABASE_URL;
  const url = variables["DATABASE_URL"] || fallback;
  return url === "" ? null : { url, authToken: variables["DATABASE_AUTH_TOKEN"] };
}

function withDefaults(
  variables: Readonly<Record<string, string | undefined>>,
  defaults: { readonly operatorKey?: string; readonly authSecret?: string },
): Record<string, string | undefined> {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""),
  );
  const common = { ENV: "dev", HOST: "127.0.0.1", PORT: "8787", PLATFORM_FEE_BPS: "500" };
  if ((given["ENV"] ?? common.ENV) !== "dev") return { ...common, ...given };
  return {
    ...common,
    DATABASE_URL: DEV_DATABASE_URL,
    PUBLIC_URL: `http://127.0.0.1:${given["PORT"] ?? common.PORT}`,
    OPERATOR_KEY: defaults.operatorKey,
    AUTH_SECRET: defaults.authSecret,
    ...given,
  };
}

const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,7}$/, "must be a whole number"),
    v.transform(Number),
    v.check((value) => value >= min && value <= max, `must lie between ${min} and ${max}`),
  );

const required = v.string("is missing");

const secret = v.pipe(
  required,
  v.regex(/^[\x21-\x7e]{32,256}$/, `must have ${MIN_SECRET_LENGTH} to 256 characters, without blanks`),
);

const EnvSchema = v.pipe(
  v.object({
    ENV: v.picklist(["dev", "production"], "must be dev or production"),
    HOST: v.string(),
    PORT: wholeNumber(0, 65_535),
    DATABASE_URL: v.pipe(
      required,
      v.regex(/^(file:|libsql:|https?:)/, "must begin with file:, libsql:, https: or http:"),
    ),
    DATABASE_AUTH_TOKEN: v.optional(v.string()),
    PUBLIC_URL: v.pipe(required, v.url("must be a URL")),
    OPERATOR_KEY: secret,
    AUTH_SECRET: secret,
    PLATFORM_FEE_BPS: wholeNumber(0, 10_000),
  }),
  v.forward(
    v.check((env) => env.ENV !== "production" || env.PUBLIC_URL.startsWith("https://"), "must be https in production"),
    ["PUBLIC_URL"],
  ),
  v.forward(
    v.check(
      (env) => env.ENV !== "dev" || env.HOST === "127.0.0.1",
      "must be 127.0.0.1 in dev: dev is for this machine alone",
    ),
    ["HOST"],
  ),
);
