import { AgentLinks, AgentLinksError, getRef, verifyWebhook } from "../../client/src/index.ts";

/** A backend on Workers that has the client: it reports a payment, or verifies a webhook, and says how that went. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/webhook") {
      const event = await verifyWebhook(request, searchParams.get("secret") ?? "").catch(String);
      return Response.json(event);
    }
    const links = new AgentLinks({ url: searchParams.get("links") ?? "", secretKey: "al_sk_test", timeoutMs: 200 });
    const payment = { ref: getRef(request), user_id: "u_1", amount_cents: 10_000 };
    return links.track.conversion(payment).then(
      (answer) => Response.json(answer),
      (error: unknown) => {
        const { code, tries } = error instanceof AgentLinksError ? error : { code: String(error), tries: 0 };
        return Response.json({ code, tries });
      },
    );
  },
};
