import product from "../../../worker/index.ts";

type Bindings = Readonly<Record<string, unknown>>;
type Context = Parameters<typeof product.fetch>[2];

/** Limits that refuse nothing: they would hide the routes. */
const LIMIT = { limit: () => Promise.resolve({ success: true }) };

function bound(bindings: Bindings): Bindings {
  const { MAILS } = bindings;
  return {
    ...bindings,
    CLICK_LIMIT: LIMIT,
    TRACK_LIMIT: LIMIT,
    KEY_LIMIT: LIMIT,
    GUESS_LIMIT: LIMIT,
    EMAIL: {
      send: (mail: unknown) => fetch(String(MAILS), { method: "POST", body: JSON.stringify(mail) }),
    },
  };
}

/** The Workers entry as it is deployed. Its limits let everything through, and its mails go to whoever runs it. */
export default {
  fetch: (request: Request, bindings: Bindings, context: Context) => product.fetch(request, bound(bindings), context),
};

/** A socket of its own: each call of it is one run of the jobs, as the cron makes one. */
export const cron = {
  async fetch(_request: Request, bindings: Bindings): Promise<Response> {
    await product.scheduled(null, bound(bindings));
    return new Response(null, { status: 204 });
  },
};
