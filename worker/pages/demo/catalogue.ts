/** What the Demo Shop sells. `priceCents` is in the app's currency. */
export interface Product {
  readonly id: ProductId;
  readonly name: string;
  readonly detail: string;
  readonly priceCents: number;
}

export type ProductId = "pour-over" | "mug" | "bowl" | "vase" | "plates" | "teapot";

/** The first costs exactly 100.00, so that a commission can be checked in one's head. */
export const CATALOGUE: readonly Product[] = [
  { id: "pour-over", name: "Pour-over set", detail: "Dripper, server and cup", priceCents: 10_000 },
  { id: "mug", name: "Harbour mug", detail: "Holds 350 ml, fits the hand", priceCents: 2_800 },
  { id: "teapot", name: "Estuary teapot", detail: "With a beech handle, 0.9 l", priceCents: 14_900 },
  { id: "bowl", name: "Dune bowl", detail: "For soup, noodles or pears", priceCents: 4_250 },
  { id: "vase", name: "Kelp vase", detail: "A narrow neck for one branch", priceCents: 6_400 },
  { id: "plates", name: "Tideline plates", detail: "A pair, 26 cm, glazed by hand", priceCents: 5_999 },
];

/** The product by its id, or null when the shop does not sell it. */
export function findProduct(id: string): Product | null {
  return CATALOGUE.find((product) => product.id === id) ?? null;
}
