/** Who operates an installation of dev. */
export const OPERATOR = "operator@example.test";

/** The demo's creator. */
export const CREATOR = "mara@example.test";

/** Signs in at a program in dev, by the code that it keeps; answers the cookies. */
export async function signIn(url: string, email: string): Promise<string> {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const send = async (path: string, fields: Readonly<Record<string, string>>) => {
    const answer = await fetch(url + path, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
      headers: { Origin: url, "Sec-Fetch-Site": "same-origin", Cookie: cookie() },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
  };
  await send("/signin", { email, next: "" });
  const outbox = await fetch(`${url}/dev/outbox`, { headers: { Accept: "application/json" } });
  const code = /\b\d{6}\b/.exec(await outbox.text())?.[0] ?? "";
  await send("/signin/code", { code });
  return cookie();
}
