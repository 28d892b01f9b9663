/** By which an endpoint verifies what it is sent: the standard's own, for many languages. */
const PACKAGE = "standardwebhooks";

export const INSTALL_VERIFIER = `npm install ${PACKAGE}`;

/** An endpoint that takes nothing but what we signed, for whatever has `Request` and `Response`; a test runs it. */
export const VERIFY_CODE = `import { Webhook } from "${PACKAGE}";

const webhook = new Webhook(process.env.AGENTLINKS_WEBHOOK_SECRET);

export async function POST(request) {
  const body = await request.text();
  let event;
  try {
    event = webhook.verify(body, Object.fromEntries(request.headers));
  } catch {
    return new Response("Not signed by AgentLinks", { status: 400 });
  }
  console.log(event.id, event.type, event.data);
  return new Response(null, { status: 204 });
}`;
