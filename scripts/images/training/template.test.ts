import { describe, expect, it } from "vitest";
import { assertOnlyHistory } from "./template.ts";

const TABLES = "CREATE TABLE public.realm (id text);\nCREATE TABLE public.databasechangelog (id text);\n";
const HISTORY = "COPY public.databasechangelog (id) FROM stdin;\n1.0.0\n\\.\n";

describe("assertOnlyHistory", () => {
  it("accepts tables and the rows of the version history", () => {
    expect(() => assertOnlyHistory(TABLES + HISTORY)).not.toThrow();
  });

  it.each([
    ["COPY public.realm (id) FROM stdin;\nmaster\n\\.\n", "public.realm"],
    ["INSERT INTO public.component_config VALUES ('key');\n", "public.component_config"],
  ])("refuses other rows: %s", (rows, table) => {
    expect(() => assertOnlyHistory(TABLES + HISTORY + rows)).toThrow(`it fills ${table}`);
  });

  it("refuses a template without history", () => {
    expect(() => assertOnlyHistory(TABLES)).toThrow("there are none");
  });
});
