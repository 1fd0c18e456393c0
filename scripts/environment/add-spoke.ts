import { isMap, isSeq, parseDocument } from "yaml";
import { DiveError, EXIT } from "../errors.ts";

/**
 * Adds a spoke to the text of a committed stack configuration; comments and order of everything else stay.
 * @param code upper case
 * @returns the new text, or the same when the spoke is there already
 * @throws DiveError when the code is the hub's, or the file is not what a stack configuration looks like
 */
export function addSpoke(text: string, code: string, file: string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new DiveError(`${file} is no YAML: ${document.errors[0]!.message}`, EXIT.usage);
  if (document.contents !== null && !isMap(document.contents)) throw new DiveError(`${file} must be a YAML map (keys "config", "environment"); it is not.`, EXIT.usage);
  const codeOf = (path: readonly (string | number)[]): string => String(document.getIn([...path, "code"]) ?? "").toUpperCase();
  if (codeOf(["config", "dive:hub"]) === code) throw new DiveError(`${code} is the hub of this stack (dive:hub in ${file}); a spoke needs another code.`, EXIT.usage);
  const path = ["config", "dive:spokes"];
  const spokes: unknown = document.getIn(path);
  if (spokes === undefined || spokes === null) document.setIn(path, document.createNode([{ code }]));
  else if (!isSeq(spokes)) throw new DiveError(`dive:spokes in ${file} must be a list of {code, portIndex?}.`, EXIT.usage);
  else if (spokes.items.some((_, i) => codeOf([...path, i]) === code)) return text;
  else document.addIn(path, document.createNode({ code }));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
