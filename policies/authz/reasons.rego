package dive.rules

# METADATA
# description: Every reason there is, in the order in which `reason` prefers them.
priority := [
	"malformed_input",
	"unknown_operation",
	"action_attribute_missing",
	"action_attribute_malformed",
	"not_authenticated",
	"subject_attribute_missing",
	"subject_attribute_malformed",
	"issuer_not_trusted",
	"country_not_asserted_by_issuer",
	"country_not_federated",
	"resource_attribute_missing",
	"resource_attribute_malformed",
	"context_attribute_missing",
	"context_attribute_malformed",
	"unknown_country",
	"unknown_clearance",
	"unknown_classification",
	"no_equivalence_table",
	"unknown_national_value",
	"clearance_insufficient",
	"authentication_insufficient",
	"upload_not_releasable_to_own_country",
	"releasable_to_nobody",
	"invalid_releasability",
	"country_not_releasable",
	"unknown_coi_operator",
	"unknown_coi",
	"coi_not_satisfied",
	"embargoed",
	"integrity_not_valid",
	"unknown_organization_type",
	"not_releasable_to_industry",
	"industry_cap_exceeded",
	"coi_incoherent",
]

# METADATA
# description: Why the request is denied; empty when nothing speaks against it.
reasons contains "malformed_input" if not _input_is_object

_input_is_object if is_object(input)

reasons contains "unknown_operation" if not operation_known

reasons contains "not_authenticated" if not authenticated

reasons contains sprintf("%s_attribute_missing", [part]) if some [part, _] in missing_attributes

reasons contains sprintf("%s_attribute_malformed", [part]) if some [part, _] in malformed_attributes

reasons contains "issuer_not_trusted" if {
	is_string(input.subject.issuer)
	not issuer
}

reasons contains "country_not_asserted_by_issuer" if {
	is_string(input.subject.countryOfAffiliation)
	issuer
	not issuer_asserts_country
}

reasons contains "country_not_federated" if {
	is_string(input.subject.countryOfAffiliation)
	not country_federated
}

reasons contains "unknown_country" if {
	is_string(input.subject.countryOfAffiliation)
	not data.tables.countries[input.subject.countryOfAffiliation]
}

reasons contains "unknown_clearance" if {
	is_string(input.subject.clearance)
	not stated_clearance
}

reasons contains "unknown_classification" if {
	is_string(input.resource.classification)
	not stated_classification
}

reasons contains "no_equivalence_table" if {
	some nation in mapped_nations
	not data.tables.equivalence.nations[nation]
}

reasons contains "unknown_national_value" if {
	data.tables.equivalence.nations[input.subject.clearanceCountry]
	is_string(input.subject.clearanceOriginal)
	not national_clearance
}

reasons contains "unknown_national_value" if {
	data.tables.equivalence.nations[input.resource.originalCountry]
	is_string(input.resource.originalClassification)
	not national_classification
}

reasons contains "clearance_insufficient" if effective_clearance < effective_classification

reasons contains "authentication_insufficient" if authentication_level < required_authentication_level

reasons contains "upload_not_releasable_to_own_country" if {
	input.action.operation == "upload"
	releasability_stated
	not country_listed
}

reasons contains "releasable_to_nobody" if count(input.resource.releasabilityTo) == 0

reasons contains "invalid_releasability" if {
	some code in input.resource.releasabilityTo
	not data.tables.countries[code]
}

reasons contains "country_not_releasable" if {
	input.action.operation != "upload"
	releasability_stated
	not country_listed
}

reasons contains "unknown_coi_operator" if {
	is_string(input.resource.coiOperator)
	not input.resource.coiOperator in coi_operators
}

reasons contains "unknown_coi" if {
	some community in input.resource.COI
	not data.tables.spif.communities[community]
}

reasons contains "coi_not_satisfied" if {
	input.resource.coiOperator in coi_operators
	is_array(input.resource.COI)
	is_array(input.subject.acpCOI)
	not coi_satisfied
}

reasons contains "embargoed" if {
	input.action.operation != "upload"
	now_ns < embargo_end_ns
}

reasons contains "integrity_not_valid" if input.resource.integrityValidated == false

reasons contains "unknown_organization_type" if {
	is_string(organization_type)
	not organization_type in organization_types
}

reasons contains "not_releasable_to_industry" if {
	organization_type == "INDUSTRY"
	not input.resource.releasableToIndustry == true
}

reasons contains "industry_cap_exceeded" if {
	organization_type == "INDUSTRY"
	industry_cap < effective_classification
}

reasons contains "coi_incoherent" if count(coi_incoherences) > 0
