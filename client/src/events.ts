/** TEMP until main has events */
export interface AgentLinksEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}
