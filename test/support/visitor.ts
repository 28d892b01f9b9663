import type { World } from "./world.ts";

/** A page as a browser got it. */
export interface PageAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Where a redirect goes, null for none. */
  readonly location: string | null;
}

/** A browser without script: it keeps cookies, follows nothing by itself, and sends forms as browsers do. */
export interface Visitor {
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<PageAnswer>;
  /** Sends a form; with the token of the page it is on, once one was seen. `headers` replace those of a browser, null leaves one out. */
  readonly post: (
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string | null>>,
  ) => Promise<PageAnswer>;
  /** Signs in by the code that is mailed; answers where that leads. */
  readonly signIn: (email: string, next?: string) => Promise<PageAnswer>;
  readonly cookies: Map<string, string>;
  /** The token of the last page that had one. */
  readonly csrf: () => string;
}

/** A new browser in front of a world. */
export function openVisitor(world: World, { ip = "192.0.2.1" }: { readonly ip?: string } = {}): Visitor {
  const origin = new URL(world.deps.config.publicUrl).origin;
  const cookies = new Map<string, string>();
  let csrf = "";

  const send = async (path: string, init: { method: string; body?: string; headers: Record<string, string> }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      Accept: "text/html",
      "X-Test-IP": ip,
      ...(cookie === "" ? {} : { Cookie: cookie }),
      ...init.headers,
    };
    const response = await world.request(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    const text = await response.text();
    csrf = /name="csrf" value="(\w+)"/.exec(text)?.[1] ?? csrf;
    return { status: response.status, text, headers: response.headers, location: response.headers.get("Location") };
  };

  const get: Visitor["get"] = (path, headers = {}) => send(path, { method: "GET", headers });
  const post: Visitor["post"] = (path, fields = {}, headers = {}) => {
    const body = new URLSearchParams(csrf === "" ? fields : { csrf, ...fields }).toString();
    const given: Readonly<Record<string, string | null>> = {
      "Content-Type": "application/x-www-form-urlencoded",
      Origin: origin,
      "Sec-Fetch-Site": "same-origin",
      ...headers,
    };
    const sent = Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    return send(path, { method: "POST", body, headers: Object.fromEntries(sent) });
  };
  return {
    get,
    post,
    cookies,
    csrf: () => csrf,
    async signIn(email, next = "") {
      const asked = await post("/signin", { email, next });
      if (asked.status !== 303) throw new Error(`no code: ${asked.status} ${asked.text}`);
      csrf = "";
      const entered = await post("/signin/code", { code: codeFor(world, email) });
      if (entered.status !== 303) throw new Error(`not signed in: ${entered.status} ${entered.text}`);
      return entered;
    },
  };
}

/** The code of the last mail to an address. */
export function codeFor(world: World, email: string): string {
  const mail = world.mails().findLast(({ to }) => to === email);
  const code = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0];
  if (code === undefined) throw new Error(`no code was mailed to ${email}`);
  return code;
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/;\s*Max-Age=0(?:;|$)/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}
