import uPlot from "uplot";

/** What the page says of a chart: days as UTC seconds, and one line of numbers for each series. */
interface ChartData {
  readonly days: readonly number[];
  readonly series: readonly { readonly label: string; readonly values: readonly number[]; readonly decimals: number }[];
}

const HEIGHT = 240;

document.querySelectorAll<HTMLElement>("[data-chart]").forEach(draw);

/** Draws the numbers of the table beside it, and folds the table away: whoever wants numbers opens it. */
function draw(place: HTMLElement): void {
  const data: ChartData = JSON.parse(place.dataset["chart"] ?? "{}");
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name) || "CanvasText";
  const plot = new uPlot(
    optionsFor(place, data, colour),
    [[...data.days], ...data.series.map(({ values, decimals }) => values.map((value) => value / 10 ** decimals))],
    place,
  );
  place.closest("figure")?.querySelector("details")?.removeAttribute("open");
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  // Colours are of the scheme, and the canvas does not know when that changes.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw());
}

function optionsFor(place: HTMLElement, data: ChartData, colour: (name: string) => string): uPlot.Options {
  const axis = {
    stroke: () => resolve(place, colour("--soft")),
    grid: { stroke: () => resolve(place, colour("--line")), width: 1 },
    ticks: { show: false },
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "UTC"),
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    series: [
      { value: (_plot, seconds) => (seconds === null ? "–" : new Date(seconds * 1_000).toISOString().slice(0, 10)) },
      ...data.series.map(({ label, decimals }, index) => ({
        label,
        width: 2,
        stroke: () => resolve(place, colour(`--line-${index + 1}`)),
        value: (_plot: uPlot, value: number | null) => (value === null ? "–" : value.toFixed(decimals)),
      })),
    ],
    axes: [axis, { ...axis, size: 56 }],
  };
}

/** A colour as a canvas takes it: it knows no `light-dark()`. */
function resolve(place: HTMLElement, colour: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
