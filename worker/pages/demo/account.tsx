import type { Customer } from "./backend.ts";
import type { SignupForm } from "./signup-form.ts";

/** The signup form, or who has signed up. */
export function Account({ customer, form }: { customer: Customer | null; form: SignupForm }) {
  return (
    <section class="account" id="account" aria-labelledby="account-title">
      <div>
        <h2 class="serif" id="account-title">
          {customer === null ? "Join the Lowtide circle" : `Hello, ${customer.name}`}
        </h2>
        <p>
          {customer === null
            ? "Word of the next firing, and first pick of the seconds. Once a month, never more."
            : `Your account is ${customer.email}. We write before the next firing.`}
        </p>
      </div>
      {customer === null ? <SignupFields form={form} /> : null}
    </section>
  );
}

function SignupFields({ form }: { form: SignupForm }) {
  return (
    <form method="post" action="/demo/signup">
      <Field name="name" label="Name" type="text" autocomplete="name" form={form} />
      <Field name="email" label="E-mail" type="email" autocomplete="email" form={form} />
      <div>
        <button>Sign up</button>
      </div>
    </form>
  );
}

function Field(field: { name: "name" | "email"; label: string; type: string; autocomplete: string; form: SignupForm }) {
  const { name, label, type, autocomplete, form } = field;
  const problem = form.problems[name];
  const problemId = `${name}-problem`;
  return (
    <div>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={form.values[name]}
        autocomplete={autocomplete}
        required
        autofocus={name === Object.keys(form.problems)[0]}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={problem === undefined ? undefined : problemId}
      />
      {problem === undefined ? null : (
        <p class="problem" id={problemId}>
          {problem}
        </p>
      )}
    </div>
  );
}
