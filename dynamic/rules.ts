import type * as pulumi from "@pulumi/pulumi";

/** Collects what is wrong with a resource's inputs, each with the property's path, the rule and the value given. */
export class Rules {
  readonly failures: pulumi.dynamic.CheckFailure[] = [];

  /** An absolute https URL; with `base`, one without a slash at its end. */
  httpsUrl(property: string, value: unknown, base = false): this {
    const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol !== "https:") this.#fail(property, value, "must be an absolute https URL");
    else if (base && (value as string).endsWith("/")) this.#fail(property, value, "must not end with a slash");
    return this;
  }

  /** A PEM certificate. The value is not repeated: it is long. */
  certificate(property: string, value: unknown): this {
    if (typeof value !== "string" || !value.includes("-----BEGIN CERTIFICATE-----")) this.failures.push({ property, reason: "must be a certificate in PEM form" });
    return this;
  }

  /** A text that is not empty. Nothing of the value is repeated, so secrets may be checked too. */
  text(property: string, value: unknown): this {
    if (typeof value !== "string" || value === "") this.failures.push({ property, reason: "must be a text and not empty" });
    return this;
  }

  /** A whole number in a range, both ends allowed. */
  integer(property: string, value: unknown, min: number, max: number): this {
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) this.#fail(property, value, `must be a whole number from ${min} to ${max}`);
    return this;
  }

  /** An instance's code. */
  code(property: string, value: unknown): this {
    if (typeof value !== "string" || !/^[A-Z]{3}$/.test(value)) this.#fail(property, value, "must be three capital letters");
    return this;
  }

  /** One of the texts. */
  oneOf(property: string, value: unknown, allowed: readonly string[]): this {
    if (!allowed.includes(value as string)) this.#fail(property, value, `must be one of ${allowed.join(", ")}`);
    return this;
  }

  #fail(property: string, value: unknown, rule: string): void {
    this.failures.push({ property, reason: `${rule}, got ${JSON.stringify(value) ?? "nothing"}` });
  }
}
