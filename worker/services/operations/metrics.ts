/** What is counted, and of which kind. Labels are patterns, codes and names of ours, never a caller's words. */
const FAMILIES = {
  agentlinks_requests_total: { type: "counter", help: "Requests, by route pattern." },
  agentlinks_request_duration_seconds: { type: "histogram", help: "Time to the answer, by route pattern." },
  agentlinks_track_outcomes_total: { type: "counter", help: "Tracking calls, by outcome: ok or the error code." },
  agentlinks_stripe_events_total: { type: "counter", help: "Signed events of Stripe, by outcome." },
  agentlinks_limit_refusals_total: { type: "counter", help: "Calls refused with 429, by limit." },
  agentlinks_limiter_errors_total: { type: "counter", help: "Calls that could not be counted, by limit." },
  agentlinks_database_errors_total: { type: "counter", help: "Calls of the database that failed, by kind." },
  agentlinks_job_runs_total: { type: "counter", help: "Runs of each job." },
  agentlinks_job_failures_total: { type: "counter", help: "Runs of each job that failed." },
  agentlinks_job_last_success_timestamp_seconds: { type: "gauge", help: "When each job last succeeded." },
  process_start_time_seconds: { type: "gauge", help: "When this process, or this isolate, began to count." },
} as const satisfies Record<string, { readonly type: MetricType; readonly help: string }>;

type MetricType = "counter" | "gauge" | "histogram";
type FamilyName = keyof typeof FAMILIES;
type NameOf<Type extends MetricType> = {
  [Name in FamilyName]: (typeof FAMILIES)[Name]["type"] extends Type ? Name : never;
}[FamilyName];

export type Labels = Readonly<Record<string, string>>;

/** One row of a family. A histogram's `value` is the sum; `buckets` holds each bucket's own number, the last one's beyond all. */
export interface Series {
  readonly labels: Labels;
  readonly value: number;
  readonly buckets?: readonly number[];
}

export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** The upper ends of a histogram's buckets, in seconds. */
  readonly bucketsS: readonly number[];
  readonly series: readonly Series[];
}

/** What this process has counted since it began; at the edge each isolate counts by itself. */
export interface Metrics {
  readonly add: (name: NameOf<"counter">, labels: Labels) => void;
  readonly set: (name: NameOf<"gauge">, labels: Labels, value: number) => void;
  readonly observe: (name: NameOf<"histogram">, labels: Labels, seconds: number) => void;
  readonly read: () => readonly MetricFamily[];
}

/** From a click on one machine to the time after which a backend gives up. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of one family: far above routes × methods × classes. A mistake in a label fills this, and no memory. */
const MAX_SERIES = 1_000;

export function createMetrics(now: () => number): Metrics {
  const counted = new Map<string, MutableSeries>();
  const sizes = new Map<FamilyName, number>();

  const seriesOf = (name: FamilyName, labels: Labels): MutableSeries => {
    const key = `${name} ${JSON.stringify(labels)}`;
    const known = counted.get(key);
    if (known !== undefined) return known;
    const series = { name, labels, value: 0, buckets: Array.from({ length: BUCKETS_S.length + 1 }, () => 0) };
    const size = sizes.get(name) ?? 0;
    if (size >= MAX_SERIES) return series;
    sizes.set(name, size + 1);
    counted.set(key, series);
    return series;
  };

  const metrics: Metrics = {
    add: (name, labels) => void (seriesOf(name, labels).value += 1),
    set: (name, labels, value) => void (seriesOf(name, labels).value = value),
    observe(name, labels, seconds) {
      const series = seriesOf(name, labels);
      const bucket = BUCKETS_S.findIndex((upTo) => seconds <= upTo);
      const place = bucket === -1 ? BUCKETS_S.length : bucket;
      series.buckets[place] = (series.buckets[place] ?? 0) + 1;
      series.value += seconds;
    },
    read: () =>
      Object.entries(FAMILIES).map(([name, { type, help }]) => {
        const series = [...counted.values()].filter((one) => one.name === name);
        const plain = series.map(({ labels, value }) => ({ labels, value }));
        return { name, type, help, bucketsS: BUCKETS_S, series: type === "histogram" ? series : plain };
      }),
  };
  metrics.set("process_start_time_seconds", {}, now() / 1_000);
  return metrics;
}

interface MutableSeries {
  readonly name: FamilyName;
  readonly labels: Labels;
  value: number;
  readonly buckets: number[];
}
