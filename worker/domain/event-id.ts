/** The id of an app's event: `evt_`, what follows `app_` in the app's id, and the event's number. */
export function eventId(appId: string, seq: number): string {
  return `${prefixOf(appId)}${seq}`;
}

/** The number in an event's id; null for what is no id of this app's events. */
export function eventSeq(appId: string, id: string): number | null {
  const digits = id.startsWith(prefixOf(appId)) ? id.slice(prefixOf(appId).length) : "";
  return /^[1-9]\d{0,14}$/.test(digits) ? Number(digits) : null;
}

/** The id of what an endpoint is sent: an event, or, where the number is negative, a test, which happened in no app. */
export function deliveryId(appId: string, seq: number): string {
  return seq < 0 ? `${prefixOf(appId)}test${-seq}` : eventId(appId, seq);
}

/** The number in such an id; null for what is none of this app's. */
export function deliverySeq(appId: string, id: string): number | null {
  const test = `${prefixOf(appId)}test`;
  if (!id.startsWith(test)) return eventSeq(appId, id);
  const seq = eventSeq(appId, prefixOf(appId) + id.slice(test.length));
  return seq === null ? null : -seq;
}

function prefixOf(appId: string): string {
  return `evt_${appId.slice("app_".length)}_`;
}
