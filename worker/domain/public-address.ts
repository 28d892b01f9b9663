import { groupsOf } from "./address.ts";

/**
 * IPv4 ranges that are nobody's on the internet: a machine's own, private networks, clouds' metadata (169.254.169.254), those for
 * documentation, multicast and what is reserved. IANA's registry of special-purpose addresses (RFC 6890).
 */
const NOT_PUBLIC_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
].map(rangeOf);

/**
 * Whether a numeric address is one that anybody on the internet may be reached at. Of IPv6 that is 2000::/3 alone, less what
 * holds an IPv4 address (6to4, Teredo) or is for protocols and documentation: those lead to places of their own.
 */
export function isPublicAddress(ip: string): boolean {
  const v4 = numberOf(ip);
  if (v4 !== null) return NOT_PUBLIC_V4.every(({ first, size }) => v4 < first || v4 >= first + size);
  const groups = ip.includes(":") ? groupsOf(ip.toLowerCase()) : null;
  if (groups === null) return false;
  const [first = 0, second = 0] = groups;
  if (first < 0x2000 || first > 0x3fff) return false;
  const isProtocol = first === 0x2001 && (second < 0x0200 || second === 0x0db8);
  return !isProtocol && first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

function rangeOf(text: string): { readonly first: number; readonly size: number } {
  const [ip = "", bits = ""] = text.split("/");
  return { first: numberOf(ip) ?? 0, size: 2 ** (32 - Number(bits)) };
}

/** An IPv4 address of four decimal numbers as one; null for anything else, also for the octal and short forms some read. */
function numberOf(ip: string): number | null {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1);
  if (bytes === undefined || bytes.some((byte) => Number(byte) > 255 || /^0\d/.test(byte))) return null;
  return bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
}
