/** Recognises a value without keeping it: hex HMAC-SHA-256 under a secret. */
export type Hmac = (text: string) => Promise<string>;
