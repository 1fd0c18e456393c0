package dive.rules

# METADATA
# description: |
#   How the decision came about, for audit records and people. Without personal identifiers: the request id leads to them.
evaluation_details := {
	"checks": checks,
	"attributes": {
		"missing": sort([concat(".", path) | some path in missing_attributes]),
		"malformed": sort([concat(".", path) | some path in malformed_attributes]),
	},
	"subject": object.union(
		object.filter(part_of("subject"), ["countryOfAffiliation", "clearance", "clearanceOriginal", "clearanceCountry"]),
		_computed_subject,
	),
	"resource": object.union(
		object.filter(part_of("resource"), ["resourceId", "classification", "originalClassification", "originalCountry"]),
		_computed_resource,
	),
	"authentication": object.union(
		object.filter(part_of("context"), ["acr", "amr"]),
		_computed_authentication,
	),
	"coi_incoherences": sort([concat(" ", incoherence) | some incoherence in coi_incoherences]),
	"policy": {"instance": _instance, "revision": revision},
}

# METADATA
# description: Revision of the bundle that decided, the hash of its content; empty outside a bundle.
revision := concat(",", sort([bundle.manifest.revision | some bundle in data.system.bundles]))

_computed_subject["clearanceEffective"] := data.tables.levels.name[effective_clearance]

_computed_resource["classificationEffective"] := data.tables.levels.name[effective_classification]

_computed_resource["displayMarking"] := display_marking

_computed_authentication["level"] := authentication_level

_computed_authentication["required"] := required_authentication_level

default _instance := null

_instance := data.tables.instance.code
