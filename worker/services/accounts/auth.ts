import type { Deps } from "../../deps.ts";
import { DbError } from "../../store/db.ts";
import { hmac } from "../hashing.ts";
import { signInSecret } from "./sign-in-secret.ts";

/** Seconds that a code is good for. */
export const CODE_TTL_S = 600;
/** Wrong guesses that a code outlives: 5 of a million. */
export const CODE_ATTEMPTS = 5;
const CODE_DIGITS = 6;
/** Seconds that a session lives after it was last used, give or take a day. */
export const SESSION_TTL_S = 30 * 86_400;
/** Seconds after which a use makes a session live that long again. */
const SESSION_ROLL_S = 86_400;

/** better-auth, as far as we use it: codes, and the sessions they begin. Emails are folded. */
export interface Auth {
  /** A new code for a mailbox, to be mailed. The newest alone is good. */
  makeCode(email: string): Promise<string>;
  /** A session for who has the code, as the `Set-Cookie` that carries it; null for a code that is not the mailbox's, or no more. */
  signIn(email: string, code: string): Promise<{ readonly setCookies: readonly string[] } | null>;
  /** Lets the session of this `Cookie` live on: what to set of cookies. */
  roll(cookie: string): Promise<readonly string[]>;
}

/**
 * Loads better-auth, which is large, and opens it on our database: anew for each call, so that no request at the edge waits
 * for a promise of another's. It sees no request of a visitor: neither address nor browser is kept. Throws DbError.
 */
export async function openAuth(deps: Deps): Promise<Auth> {
  const [{ betterAuth }, { drizzleAdapter }, { emailOTP }, { openAuthDb, AUTH_TABLES }] = await Promise.all([
    import("better-auth/minimal"),
    import("better-auth/adapters/drizzle"),
    import("better-auth/plugins/email-otp"),
    import("../../store/auth-db.ts"),
  ]);
  const { config } = deps;
  const secret = await signInSecret(deps);
  const codes = emailOTP({
    otpLength: CODE_DIGITS,
    expiresIn: CODE_TTL_S,
    allowedAttempts: CODE_ATTEMPTS,
    // Under a secret: whoever reads the database could try a million hashes.
    storeOTP: { hash: (code) => hmac(secret, code) },
    // Its own sending swallows what a mail fails of: codes are made here, and mailed by whoever asked for one.
    sendVerificationOTP: async () => {},
  });
  const auth = betterAuth({
    baseURL: config.publicUrl,
    secret,
    database: drizzleAdapter(openAuthDb(deps.db), {
      provider: "sqlite",
      schema: AUTH_TABLES,
      usePlural: true,
      transaction: false,
    }),
    plugins: [codes],
    telemetry: { enabled: false },
    // It would name addresses.
    logger: { disabled: true },
    // What is not asked for through its own routes it does not count; codes and guesses are counted by ours.
    rateLimit: { enabled: true, storage: "database" },
    session: { expiresIn: SESSION_TTL_S, updateAge: SESSION_ROLL_S, cookieCache: { enabled: false } },
    // The job that forgets sessions does it.
    verification: { disableCleanup: true },
    advanced: {
      useSecureCookies: false,
      cookies: {
        session_token: {
          name: sessionCookieName(config),
          attributes: { secure: hasSecureCookies(config), path: "/", httpOnly: true, sameSite: "lax" },
        },
      },
      ipAddress: { disableIpTracking: true },
      database: { generateId: ({ model }) => deps.newId(ID_PREFIXES.get(model) ?? "auth"), validateSchema: false },
    },
  });

  return {
    makeCode: (email) => ofDb(auth.api.createVerificationOTP({ body: { email, type: "sign-in" } })),
    async signIn(email, code) {
      try {
        const answer = await ofDb(auth.api.signInEmailOTP({ body: { email, otp: code }, asResponse: true }));
        if (answer.status === 200) return { setCookies: answer.headers.getSetCookie() };
        // 400 and 403 say that the code is wrong, too old, used, or was guessed at too often.
        if (answer.status >= 500) throw new Error(`better-auth answered ${answer.status}`);
        return null;
      } catch (error) {
        // Of two at once for somebody new, one makes them known. The other's code is used up.
        if (error instanceof DbError && error.kind === "constraint") return null;
        throw error;
      }
    },
    async roll(cookie) {
      const answer = await ofDb(auth.api.getSession({ headers: new Headers({ Cookie: cookie }), asResponse: true }));
      return answer.status === 200 ? answer.headers.getSetCookie() : [];
    },
  };
}

/** A cookie with this prefix is this host's own, over https alone: no neighbour below the same domain can set it. */
export function sessionCookieName(config: Deps["config"]): string {
  return hasSecureCookies(config) ? "__Host-al_session" : "al_session";
}

/** Plain http, as dev has it, takes no `Secure` cookie. */
export function hasSecureCookies(config: Deps["config"]): boolean {
  return config.env === "production";
}

const ID_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["user", "usr"],
  ["users", "usr"],
  ["session", "ses"],
  ["sessions", "ses"],
  ["verification", "ver"],
  ["verifications", "ver"],
]);

/** Takes the database's own error out of what drizzle wraps it in. */
async function ofDb<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    let cause: unknown = error;
    for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
      if (cause instanceof DbError) throw cause;
      ({ cause } = cause);
    }
    throw error;
  }
}

const MAX_CAUSES = 5;
