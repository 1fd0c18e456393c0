import { expect, it } from "vitest";
import { readAttribute, readGroup, writeAttribute, writeGroup } from "./user-profile-mapping.ts";

const attribute = {
  name: "clearance",
  displayName: "Clearance",
  group: "g",
  multiValued: false,
  enabledWhenScopes: ["dive"],
  requiredForRoles: ["user"],
  permissions: { views: ["admin", "user"], edits: ["admin"] },
  validators: [{ name: "options", config: { options: '["A","B"]' } }],
  annotations: { inputType: "select" },
};

const representation = {
  name: "clearance",
  displayName: "Clearance",
  group: "g",
  multivalued: false,
  selector: { scopes: ["dive"] },
  required: { roles: ["user"] },
  permissions: { view: ["admin", "user"], edit: ["admin"] },
  validations: { options: { options: ["A", "B"] } },
  annotations: { inputType: "select" },
};

it("maps an attribute both ways", () => {
  expect(writeAttribute(attribute)).toEqual(representation);
  expect(readAttribute(representation)).toEqual(attribute);
});

it("makes nothing required that the program does not", () => {
  expect(writeAttribute({ name: "email", requiredForRoles: [], requiredForScopes: [] })).toEqual({ name: "email", multivalued: false });
});

it("prints a validator's numbers as the texts they were given as", () => {
  expect(readAttribute({ name: "x", validations: { length: { min: 3, max: "255" } } })["validators"]).toEqual([{ name: "length", config: { min: "3", max: "255" } }]);
});

it("maps a group both ways", () => {
  const group = { name: "g", displayHeader: "G", annotations: { a: "1" } };
  expect(readGroup(writeGroup(group))).toEqual(group);
});
