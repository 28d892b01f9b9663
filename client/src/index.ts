export { AgentLinks } from "./agent-links.ts";
export type * from "./answers.ts";
export type * from "./calls.ts";
export {
  AgentLinksError,
  type AgentLinksErrorCode,
  type FieldProblem,
  type LineErrorCode,
  type ServerErrorCode,
} from "./errors.ts";
export type * from "./events.ts";
export { getRef, type HeaderSource, type RefSource } from "./get-ref.ts";
export type { AgentLinksOptions, CallOptions } from "./transport.ts";
export { verifyWebhook, type WebhookParts, type WebhookRequest, WebhookVerificationError } from "./verify-webhook.ts";
