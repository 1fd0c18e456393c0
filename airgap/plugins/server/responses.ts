import type { CheckResponse, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import type { Checked } from "./check.ts";
import type { Change } from "./diff.ts";
import { redact } from "./errors.ts";
import { Struct, messages } from "./protocol.ts";
import { type Bag, encodeBag, hasSecret, secretTexts } from "./values.ts";

/**
 * The answer to Check and CheckConfig.
 *
 * @param news What was given. The engine prints the value of a failure's property, secret or not: failures about a secret name their
 * property in the reason instead. Reasons may repeat what was given; secrets are taken out.
 */
export function checkResponse(checked: Checked, news: Bag = checked.bag): CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(Struct.fromJavaScript(encodeBag(checked.bag)));
  const secrets = [...secretTexts(news), ...secretTexts(checked.bag)];
  for (const { property, reason: told } of checked.failures) {
    const reason = redact(told, secrets);
    const failure = new messages.CheckFailure();
    const secret = hasSecret(news[property]) || hasSecret(checked.bag[property]);
    failure.setProperty(secret ? "" : property);
    failure.setReason(secret ? `${property} ${reason}` : reason);
    response.addFailures(failure);
  }
  return response;
}

/**
 * The answer to Diff and DiffConfig.
 *
 * @param outdated Outputs whose value asks for a replacement.
 */
export function diffResponse(changes: readonly Change[], deleteBeforeReplace: boolean, outdated: readonly string[] = []): DiffResponse {
  const { DiffResponse, PropertyDiff } = messages;
  const response = new DiffResponse();
  const all = changes.length + outdated.length;
  response.setChanges(all === 0 ? DiffResponse.DiffChanges.DIFF_NONE : DiffResponse.DiffChanges.DIFF_SOME);
  response.setHasdetaileddiff(true);
  for (const change of changes) {
    const detail = new PropertyDiff();
    detail.setKind(PropertyDiff.Kind[change.replace ? (`${change.kind}_REPLACE` as const) : change.kind]);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(change.path, detail);
  }
  for (const output of outdated) {
    const detail = new PropertyDiff();
    detail.setKind(PropertyDiff.Kind.UPDATE_REPLACE);
    response.getDetaileddiffMap().set(output, detail);
  }
  const replaces = [...changes.filter((change) => change.replace).map((change) => change.property), ...outdated];
  response.setReplacesList([...new Set(replaces)]);
  response.setDiffsList([...new Set([...changes.map((change) => change.property), ...outdated])]);
  response.setDeletebeforereplace(deleteBeforeReplace && replaces.length > 0);
  return response;
}
