import type { CertRequestArgs } from "@pulumi/tls";
import type { JsonAttributeObject, JsonNameParams } from "@peculiar/x509";
import type { PropertyType } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";

type Subject = NonNullable<Plain<CertRequestArgs>["subject"]>;

// In the order in which Go's pkix.Name writes them, with what X.500 calls them.
const attributes = {
  country: "C",
  organization: "O",
  organizationalUnit: "OU",
  locality: "L",
  province: "ST",
  streetAddresses: "2.5.4.9",
  postalCode: "2.5.4.17",
  commonName: "CN",
  serialNumber: "2.5.4.5",
  emailAddress: "E",
} as const satisfies Record<keyof Subject, string>;

/** The schema of a request's `subject`. */
export const subjectType: PropertyType = {
  object: Object.fromEntries(
    Object.keys(attributes).map((name) => [name, { type: name === "streetAddresses" ? { array: "string" } : "string" }] as const),
  ),
};

/** A distinguished name in the form that @peculiar/x509 takes. */
export function distinguishedName(subject: Subject | undefined): JsonNameParams {
  const name: JsonNameParams = [];
  for (const [property, attribute] of Object.entries(attributes)) {
    const value = subject?.[property as keyof Subject];
    for (const text of [value].flat()) {
      // Country is a PrintableString by RFC 5280, an address an IA5String; everything else may hold any character.
      if (text !== undefined) name.push({ [attribute]: [encodingOf(property, text)] });
    }
  }
  return name;
}

function encodingOf(property: string, text: string): JsonAttributeObject {
  if (property === "country" || property === "serialNumber") return { printableString: text };
  return property === "emailAddress" ? { ia5String: text } : { utf8String: text };
}
