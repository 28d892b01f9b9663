import type { Config } from "../../worker/env.ts";
import type { Mail } from "../../worker/gateways/mail/mail.ts";
import type { DbFault } from "./faults.ts";
import type { MailFate } from "./recorded-mail.ts";

/** What a request tells the worker of its world. */
export interface WorldOrder {
  readonly database: { readonly url: string; readonly authToken: string };
  readonly config: Config;
  readonly now: number;
  readonly page: string | null;
  readonly limits: "memory" | "none";
  readonly mail: MailFate;
  /** `turn` counts the changes: each is made once. */
  readonly fault: { readonly kind: DbFault; readonly after: number; readonly turn: number };
  /** The request's own: an empty header does not come through workerd's server. */
  readonly origin: string | null;
  /** Runs the jobs in place of a request. */
  readonly runsJobs: boolean;
}

/** What its answer tells. */
export interface WorldReport {
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** The mails sent since the last report: without their HTML, which is no matter for a header. */
  readonly mails: readonly Mail[];
  /** Calls of the database since the world began. */
  readonly calls: number;
}

/** Headers of a request and its answer, as JSON in the escapes of a URI: a header holds ASCII alone. */
export const ORDER_HEADER = "X-World";
export const REPORT_HEADER = "X-World-Report";
