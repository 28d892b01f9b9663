import autocannon from "autocannon";

export interface Load {
  /** With its path. */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the next request; without one it is a GET. */
  readonly body?: () => string;
}

/** Requests answered 2xx per second: each connection sends its next when it has the answer. Throws where one was not. */
export async function rateOf({ url, connections, seconds, headers = {}, body }: Load): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const requests = [{ setupRequest: (request: autocannon.Request) => ({ ...request, body: body?.() }) }];
  const result = await autocannon({
    url: origin + pathname + search,
    connections,
    duration: seconds,
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(body === undefined ? {} : { requests }),
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result["2xx"] / result.duration;
}
