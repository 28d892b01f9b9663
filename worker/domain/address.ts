/** What is no address is counted as it stands, up to this: `[`, the 45 characters of the longest IPv6 address, `]:65535`. */
const MAX_LENGTH = 53;
const IPV6_GROUPS = 8;
/** A /64 is one household or one machine: whoever has it chooses among 2^64 addresses. */
const COUNTED_GROUPS = 4;

/**
 * Whose an address is, as far as counting goes: an IPv4 address stands for itself, also where it is written as IPv6
 * (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2), an IPv6 address for its /64. Brackets, port and zone are left out.
 */
export function addressOwner(ip: string): string {
  const bare = ip
    .slice(0, MAX_LENGTH)
    .trim()
    .toLowerCase()
    .replace(/^\[([^\]]*)\].*$|^([\d.]+):\d+$/, "$1$2")
    .replace(/%.*$/, "");
  const groups = bare.includes(":") ? groupsOf(bare) : null;
  if (groups === null) return bare;
  const [high = 0, low = 0] = groups.slice(-2);
  const start = groups.slice(0, -2);
  if (start.join() === "0,0,0,0,0,65535") return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  if (start.every((group) => group === 0) && high === 0 && low === 1) return "::1";
  return `${groups
    .slice(0, COUNTED_GROUPS)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** Whether an `addressOwner` is this machine itself. */
export function isLoopback(owner: string): boolean {
  return owner === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(owner);
}

/** The eight numbers of an IPv6 address, null when it is none. */
export function groupsOf(text: string): readonly number[] | null {
  const halves = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, asTwoGroups).split("::");
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return null;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group)) ? groups.map((group) => parseInt(group, 16)) : null;
}

function asTwoGroups(_: string, ...bytes: string[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
