import type { Representation } from "../fields.ts";

type Values = Record<string, any>;

/** One attribute of the user profile as Keycloak keeps it. A scope or role list makes it required; without either it is optional. */
export function writeAttribute(attribute: Values): Representation {
  const { requiredForRoles: roles = [], requiredForScopes: scopes = [] } = attribute;
  return pruned({
    name: attribute["name"],
    displayName: attribute["displayName"],
    group: attribute["group"],
    multivalued: attribute["multiValued"] ?? false,
    defaultValue: attribute["defaultValue"],
    selector: attribute["enabledWhenScopes"]?.length ? { scopes: attribute["enabledWhenScopes"] } : undefined,
    required: roles.length + scopes.length > 0 ? pruned({ roles: roles.length ? roles : undefined, scopes: scopes.length ? scopes : undefined }) : undefined,
    permissions: attribute["permissions"] && { view: attribute["permissions"].views, edit: attribute["permissions"].edits },
    validations: attribute["validators"]?.length
      ? Object.fromEntries(attribute["validators"].map((validator: Values) => [validator["name"], parsed(validator["config"])]))
      : undefined,
    annotations: attribute["annotations"] && parsed(attribute["annotations"]),
  });
}

/** The inverse of {@link writeAttribute}. */
export function readAttribute(attribute: Representation): Values {
  return pruned({
    name: attribute["name"],
    displayName: attribute["displayName"],
    group: attribute["group"],
    multiValued: attribute["multivalued"] ?? false,
    defaultValue: attribute["defaultValue"],
    enabledWhenScopes: attribute["selector"]?.scopes,
    requiredForRoles: attribute["required"]?.roles,
    requiredForScopes: attribute["required"]?.scopes,
    permissions: attribute["permissions"] && { views: attribute["permissions"].view ?? [], edits: attribute["permissions"].edit ?? [] },
    validators: Object.entries((attribute["validations"] ?? {}) as Record<string, Values>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, config]) => ({ name, config: printed(config) })),
    annotations: attribute["annotations"] && printed(attribute["annotations"]),
  });
}

/** A group of the user profile as Keycloak keeps it. */
export function writeGroup(group: Values): Representation {
  return pruned({ ...group, annotations: group["annotations"] && parsed(group["annotations"]) });
}

/** The inverse of {@link writeGroup}. */
export function readGroup(group: Representation): Values {
  const { name, displayHeader, displayDescription, annotations } = group;
  return pruned({ name, displayHeader, displayDescription, annotations: annotations && printed(annotations) });
}

/** Map values are text in the official schema; those that are JSON objects or arrays are sent as such. */
function parsed(map: Readonly<Record<string, string>> | undefined): Representation {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, /^\s*[[{]/.test(value) ? JSON.parse(value) : value]));
}

function printed(map: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]));
}

function pruned(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
