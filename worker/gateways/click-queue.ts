import * as v from "valibot";
import { foldCode, isCode } from "../domain/code.ts";

const shortText = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/));

const MessageSchema = v.object({
  appId: shortText,
  code: v.pipe(
    v.string(),
    v.check((code) => isCode(code) && code === foldCode(code)),
  ),
  /** The UTC hour it was made in, counted from 1970: its day follows, whenever it is delivered. */
  hour: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** The visitor's hash, or an id of this click alone: what makes a message that comes twice count once. */
  visitor: shortText,
  referrerHost: v.nullable(shortText),
  country: v.nullable(shortText),
});

/** What a click is on its way through a queue: neither an address nor a user agent. */
export type QueuedClick = Readonly<v.InferOutput<typeof MessageSchema>>;

export interface ClickQueue {
  /** Rejects when it is not known whether the queue took it. */
  readonly send: (click: QueuedClick) => Promise<void>;
}

/** Cloudflare's binding of a queue, as far as clicks need it. */
interface QueueBinding {
  send(body: unknown, options: { readonly contentType: "json" }): Promise<unknown>;
}

/** The queue behind a binding of the deployment, null where none is bound. */
export function openClickQueue(binding: unknown): ClickQueue | null {
  if (!isQueue(binding)) return null;
  // As JSON, so that a person can read what ends in the dead-letter queue.
  return { send: async (click) => void (await binding.send(click, { contentType: "json" })) };
}

/** The click of a message, null where it holds none: another version wrote it, or somebody by hand. */
export function readQueuedClick(body: unknown): QueuedClick | null {
  const parsed = v.safeParse(MessageSchema, body);
  return parsed.success ? parsed.output : null;
}

function isQueue(binding: unknown): binding is QueueBinding {
  return typeof binding === "object" && binding !== null && "send" in binding && typeof binding.send === "function";
}
