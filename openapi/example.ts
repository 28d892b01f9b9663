/** A call that was made and what a running server answered, by route. A test writes them into `examples.json`. */
export type Examples = Readonly<Record<string, Example>>;

export interface Example {
  readonly request: {
    /** With its query. */
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly answer: {
    readonly status: number;
    /** JSON, or the text of what is none; null without a body. */
    readonly body: unknown;
  };
}
