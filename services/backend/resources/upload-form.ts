import { CLASSIFICATIONS, LabelError, parseSecurityLabel, type SecurityLabel } from "@dive/common/label";
import { UploadError } from "./errors.ts";

/** Most bytes of a document. */
export const LARGEST_FILE = 100 * 1024 * 1024;
/** Most bytes that a form may have besides its file; all fields together. */
export const LARGEST_FORM_OVERHEAD = 1024 * 1024;

const text = (maxLength: number, description: string) => ({ type: "string", minLength: 1, maxLength, description }) as const;
const list = (pattern: string, description: string) => ({ type: "array", maxItems: 250, uniqueItems: true, items: { type: "string", pattern }, description }) as const;

/** The fields of an upload, which all come before the file; lists by repeating the field, with or without `[]` after its name. */
export const UPLOAD_FIELDS = {
  type: "object",
  additionalProperties: false,
  required: ["title", "classification"],
  properties: {
    title: { ...text(200, "What lists show"), pattern: "^[^\\p{Cc}]+$" },
    classification: { type: "string", enum: CLASSIFICATIONS },
    releasabilityTo: list("^[A-Z]{3}$", "ISO 3166-1 alpha-3 codes. Default: nobody"),
    COI: list("^[A-Za-z0-9][A-Za-z0-9 _./-]{0,63}$", "Communities of interest. Default: none"),
    coiOperator: { type: "string", enum: ["ALL", "ANY"], description: "Default: ALL" },
    creationDate: text(64, "RFC 3339; nobody may read it before. Default: now"),
    originalClassification: text(64, "The originator's own marking, together with originalCountry"),
    originalCountry: text(4, "ISO 3166-1 alpha-3 code or NATO"),
    releasableToIndustry: { type: "string", enum: ["true", "false"], description: "Default: false" },
  },
} as const;

const LISTS = ["releasabilityTo", "COI"] as const;

/** The fields of a form, gathered in the order in which they come. */
export class UploadFields {
  readonly #fields: Record<string, string | string[]> = {};

  /** @throws {UploadError} 400 for a field that comes twice and is no list, or is no text */
  add(name: string, value: unknown, truncated: boolean): void {
    if (truncated || typeof value !== "string") throw new UploadError("DIVE_ERR_UPLOAD_FIELD", `The field ${shown(name)} must be a text of at most 4,096 bytes.`);
    const plain = name.replace(/\[\]$/, "");
    if ((LISTS as readonly string[]).includes(plain)) this.#fields[plain] = [...(this.#fields[plain] ?? []), value];
    else if (Object.hasOwn(this.#fields, plain)) throw new UploadError("DIVE_ERR_UPLOAD_FIELD", `The field ${shown(name)} came twice.`);
    else this.#fields[plain] = value;
  }

  /** What {@link UPLOAD_FIELDS} describes, still to be checked against it. */
  get values(): Readonly<Record<string, string | string[]>> {
    return this.#fields;
  }
}

/** The title and the label that checked fields say. @throws {UploadError} 400 */
export function labelOf(fields: UploadFields["values"], now: Date): { readonly title: string; readonly label: SecurityLabel } {
  const { title, releasableToIndustry, ...rest } = fields;
  try {
    const label = parseSecurityLabel({
      releasabilityTo: [], COI: [], coiOperator: "ALL", creationDate: now.toISOString(),
      ...rest,
      ...(releasableToIndustry === undefined ? {} : { releasableToIndustry: releasableToIndustry === "true" }),
    });
    return { title: String(title), label };
  } catch (error) {
    if (error instanceof LabelError) throw new UploadError("DIVE_ERR_UPLOAD_LABEL", `The label cannot be used: ${error.message}.`, 400, error);
    throw error;
  }
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}
