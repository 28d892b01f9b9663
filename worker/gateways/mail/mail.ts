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

/** How long a way out may take to answer a step, in milliseconds. */
export const MAIL_TIMEOUT_MS = 10_000;
/** How long it may take with one mail: a run that sends many waits for each. */
export const MAX_SEND_MS = 20_000;

/**
 * `unavailable`: it may be sent later. `refused`: never, as it is written or addressed. The message holds codes only, never an
 * address: it is logged.
 */
export class MailError extends Error {
  readonly kind: "unavailable" | "refused";
  /** The address itself is said not to exist: nothing should be sent there again. */
  readonly isDeadAddress: boolean;
  /** It is said of this mail alone: the way out is there for others. */
  readonly isOfMail: boolean;

  constructor(
    kind: MailError["kind"],
    message: string,
    {
      isDeadAddress = false,
      isOfMail = kind === "refused",
      ...options
    }: { cause?: unknown; isDeadAddress?: boolean; isOfMail?: boolean } = {},
  ) {
    super(message, options);
    this.name = "MailError";
    this.kind = kind;
    this.isDeadAddress = isDeadAddress;
    this.isOfMail = isOfMail;
  }
}
