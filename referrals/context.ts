import type { Call } from "./call.ts";
import type { Say } from "./labels.ts";

/** What every part of the element has in common. */
export interface Context {
  readonly call: Call;
  readonly say: Say;
  readonly lang: string | undefined;
  /** Of the headings within: 3, where the element's own is an `h2`. */
  readonly level: number;
  /** Tells who listens what others see. */
  readonly announce: (text: string) => void;
  /** Says in `place` what went wrong, and tells the page. */
  readonly fail: (error: unknown, place: HTMLElement) => void;
  readonly emit: (event: string, detail: unknown) => void;
  /** What to call the account of a friend: only the page knows its users. */
  readonly friendName: (account: string) => string;
  /** Shows everything anew, and puts the user at the code. */
  readonly restart: () => Promise<void>;
}
