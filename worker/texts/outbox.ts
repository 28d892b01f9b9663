/** The words of `/dev/outbox`. */
export const OUTBOX_TEXT = {
  title: "Outbox",
  empty: "No mail yet. What would be sent appears here; reload the page to look again.",
  about: "These mails would have been sent. Follow a subject to see its mail as HTML.",
  to: "To",
} as const;
