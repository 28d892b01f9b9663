/** A mail as it goes out: one recipient, both forms. The gateway adds whom it is from. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names the mail, so that one way out may tell a repeat; null for one that is sent at once and never again. */
  readonly id: string | null;
  /** Further headers, such as `List-Unsubscribe`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A way out for mail. Throws a MailError, and nothing else. */
export interface MailGateway {
  send(mail: Mail): Promise<void>;
}

/** `unavailable`: it may be sent later. `refused`: never, as it is written or addressed. */
export class MailError extends Error {
  readonly kind: "unavailable" | "refused";

  constructor(kind: MailError["kind"], message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "MailError";
    this.kind = kind;
  }
}
