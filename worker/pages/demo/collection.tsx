import { formatMoney } from "../../domain/currency.ts";
import { ProductArt } from "./art.tsx";
import { CATALOGUE, type Product } from "./catalogue.ts";

/** What there is to buy. */
export function Collection({ currency, newId }: { currency: string; newId: (prefix: string) => string }) {
  return (
    <section id="collection" aria-labelledby="collection-title">
      <div class="section-head">
        <h2 class="serif" id="collection-title">
          This season’s kiln
        </h2>
        <p>Six forms, four glazes</p>
      </div>
      <ul class="products">
        {CATALOGUE.map((product) => (
          <ProductCard product={product} price={formatMoney(product.priceCents, currency)} orderId={newId("order")} />
        ))}
      </ul>
    </section>
  );
}

/** The form carries the order's id, so that a form sent twice is one order. */
function ProductCard({ product, price, orderId }: { product: Product; price: string; orderId: string }) {
  return (
    <li class="product">
      <ProductArt id={product.id} />
      <div class="product-text">
        <h3>{product.name}</h3>
        <p>{product.detail}</p>
        <form class="product-buy" method="post" action="/demo/buy">
          <input type="hidden" name="order" value={orderId} />
          <input type="hidden" name="product" value={product.id} />
          <span class="price">{price}</span>
          <button>
            Buy<span class="unseen"> {product.name}</span>
          </button>
        </form>
      </div>
    </li>
  );
}
