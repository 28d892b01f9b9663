/** The form e-mail addresses are compared in. */
export function foldEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** What a person may be shown of somebody's address: "mara@example.test" → "m•••@example.test". */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  // The first character, not the first half of one.
  const [first = ""] = email;
  return `${first}•••${at < 0 ? "" : email.slice(at)}`;
}
