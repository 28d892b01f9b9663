/** One address and nothing else: no list, no group, no display name, no quoted part, no route. */
const ADDRESS = /^[^\s<>@,;:"()[\]\\\p{C}\p{Z}]{1,64}@[^\s<>@,;:"()[\]\\\p{C}\p{Z}]{1,190}$/u;
/** An address, or a name that needs no quotes and an address in angle brackets. */
const SENDER = /^(?:([^<>@,;:"\\\p{C}\p{Zl}\p{Zp}]{1,100}) <([^<>]+)>|([^<>]+))$/u;

/** Whether mail can be sent to what somebody says is their address. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** Whom a mail is from. */
export interface Sender {
  /** Null: the address alone. */
  readonly name: string | null;
  readonly address: string;
}

/** The parts of MAIL_FROM: what starts is what can be sent. Null for what is no sender. */
export function parseSender(from: string): Sender | null {
  const [, name, address, bare] = SENDER.exec(from) ?? [];
  const found = address ?? bare ?? "";
  return isMailAddress(found) ? { name: name?.trim() ?? null, address: found } : null;
}
