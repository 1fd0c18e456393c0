import type { Field, Fields, Representation } from "./fields.ts";
import { decode, encode } from "./mapping.ts";

/** A property that is an object whose members lie in different places of the representation. */
export function nested(members: Fields): Field {
  return {
    type: { object: members },
    write: (representation, value) => void encode(members, value as Record<string, unknown>, representation),
    read(representation: Representation, known) {
      return decode(members, representation, known as Record<string, unknown> | undefined);
    },
  };
}
