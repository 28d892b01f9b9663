/** The form e-mail addresses are compared in. */
export function foldEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** What a person may be shown of somebody's address: "mara@example.test" → "m•••@example.test". */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${email.slice(0, 1)}•••${at < 0 ? "" : email.slice(at)}`;
}
