/** What stands for an answer that is none, as `cause` of the error: the status, and the server's code. */
export interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
}

/** Calls `/api/v1/PATH` as the page's user: GET, or POST where there is a body. Rejects with the server's own sentence. */
export type Call = <T>(path: string, body?: object) => Promise<T>;

/** A server that says nothing for so long is taken for gone. */
const TIMEOUT_MS = 15_000;

/**
 * A caller for one user. It asks for a token with the first call and again when one is refused: once per call, so that a
 * token route out of order is not asked without end. No clock is read: that of a phone may be wrong.
 */
export function caller(api: string, fetchToken: () => Promise<string>): Call {
  let token: Promise<string> | undefined;

  const send = async (path: string, body: object | undefined, bearer: Promise<string>): Promise<Response> =>
    ask(new URL(`api/v1/${path}`, api), {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${await bearer}`, ...(body && { "Content-Type": "application/json" }) },
      credentials: "omit",
      ...(body && { body: JSON.stringify(body) }),
    });

  /** Calls at the same time share one token; one that could not be had is asked for again by the next call. */
  const current = (): Promise<string> => {
    token ??= fetchToken();
    token.catch(() => (token = undefined));
    return token;
  };

  return async (path, body) => {
    const used = current();
    let response = await send(path, body, used);
    if (response.status == 401) {
      if (token == used) token = undefined;
      response = await send(path, body, current());
    }
    return read(response);
  };
}

/** A token from the page's own backend, which knows its user by its cookies. */
export async function tokenFrom(url: string): Promise<string> {
  const response = await ask(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  const { token } = await read<{ readonly token: string }>(response);
  return token;
}

const ask = (url: string | URL, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string };
}

async function read<T>(response: Response): Promise<T> {
  if (response.ok) return response.json();
  const body: ErrorBody = await response.json().catch(() => ({}));
  const refusal: Refusal = { status: response.status, code: body.error?.code };
  throw new Error(body.error?.message ?? "", { cause: refusal });
}
