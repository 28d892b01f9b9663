/** A call as a load sends it again and again, each time another one. */
export type Call = (
  url: string,
  key: string,
) => { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: () => string };

/** Customers who pay: each has paid before, but the first few hundred times. */
const CUSTOMERS = 500;

let order = 0;

/** What is measured of ingest, of the demo's app: with its secret key, as a backend sends it. */
export const CALLS = {
  click: posts("click", (n) => ({ ref: "demo42", visitor: `v${n}` })),
  signup: posts("signup", (n) => ({ ref: "demo42", user_id: `s${n}` })),
  conversion: posts("conversion", (n) => ({
    ref: "demo42",
    user_id: `u${n % CUSTOMERS}`,
    amount_cents: 1_000,
    event_id: `e${n}`,
  })),
};

function posts(path: string, body: (order: number) => object): Call {
  return (url, key) => ({
    url: `${url}/api/track/${path}`,
    headers: { Authorization: `Bearer ${key}` },
    body: () => JSON.stringify(body(order++)),
  });
}
