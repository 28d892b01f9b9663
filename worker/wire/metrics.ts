import type { Labels, MetricFamily, Series } from "../services/operations/metrics.ts";

/** As Prometheus names its text format: prometheus.io/docs/instrumenting/exposition_formats. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The families as Prometheus reads them, one line a sample. */
export function presentMetrics(families: readonly MetricFamily[]): string {
  const lines = families.flatMap((family) => [
    `# HELP ${family.name} ${family.help}`,
    `# TYPE ${family.name} ${family.type}`,
    ...family.series.flatMap((series) => samples(family, series)),
  ]);
  return `${lines.join("\n")}\n`;
}

/** A histogram's buckets are cumulative here, and the last one holds everything. */
function samples({ name, bucketsS }: MetricFamily, { labels, value, buckets }: Series): readonly string[] {
  if (buckets === undefined) return [sample(name, labels, value)];
  let count = 0;
  const cumulative = buckets.map((observed, index) => {
    count += observed;
    return sample(`${name}_bucket`, { ...labels, le: String(bucketsS[index] ?? "+Inf") }, count);
  });
  return [...cumulative, sample(`${name}_sum`, labels, value), sample(`${name}_count`, labels, count)];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
