import { describe, expect, it } from "vitest";
import { openForm, sealForm } from "./kept-form.ts";

const CONTENT = new Uint8Array(70_000).map((_, index) => index % 251);

function filledIn(): FormData {
  const form = new FormData();
  form.set("title", "Überblick");
  for (const code of ["FRA", "USA"]) form.append("releasabilityTo", code);
  form.append("file", new File([CONTENT], "plan über alles.bin", { type: "application/x-plan" }));
  return form;
}

describe("a sealed form", () => {
  it("opens as it was, its file to the last byte, with a key that is plain data", async () => {
    const { sealed, formKey } = await sealForm(filledIn());
    const opened = await openForm(sealed, JSON.parse(JSON.stringify(formKey)) as typeof formKey);
    expect([opened.get("title"), opened.getAll("releasabilityTo")]).toEqual(["Überblick", ["FRA", "USA"]]);
    const file = opened.get("file") as File;
    expect([file.name, file.type]).toEqual(["plan über alles.bin", "application/x-plan"]);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(CONTENT);
  });

  it("shows nothing of itself, and opens with no other key", async () => {
    const [one, other] = [await sealForm(filledIn()), await sealForm(filledIn())];
    expect(Buffer.from(one.sealed.content).includes("title")).toBe(false);
    await expect(openForm(one.sealed, other.formKey)).rejects.toMatchObject({ name: "OperationError" });
    new Uint8Array(one.sealed.content)[0]! ^= 1;
    await expect(openForm(one.sealed, one.formKey)).rejects.toMatchObject({ name: "OperationError" });
  });
});
