/** Who is signed in. */
export interface Person {
  readonly id: string;
  /** Folded. */
  readonly email: string;
  /** In OPERATOR_EMAILS. */
  readonly isOperator: boolean;
  readonly sessionId: string;
  /** When they last proved with a code who they are: the session's start, in real time. */
  readonly confirmedAt: number;
  /** Whether there is something for them under My apps, and under My programs. */
  readonly hasApps: boolean;
  readonly hasPrograms: boolean;
  /** Whether the operator's console is there for them. */
  readonly hasConsole: boolean;
}

/** Who acts, as the audit log names it. */
export function actorOf({ id, isOperator }: Pick<Person, "id" | "isOperator">): string {
  return isOperator ? `operator:${id}` : `user:${id}`;
}
