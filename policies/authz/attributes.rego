package dive.rules

# METADATA
# description: The attributes that a request may have, by part, with their kind. Others are ignored.
attribute_kinds := {
	"subject": {
		"authenticated": "boolean",
		"uniqueID": "text",
		"clearance": "text",
		"clearanceOriginal": "text",
		"clearanceCountry": "text",
		"countryOfAffiliation": "text",
		"acpCOI": "texts",
		"organizationType": "text",
		"issuer": "text",
	},
	"action": {"operation": "text"},
	"resource": {
		"resourceId": "text",
		"classification": "text",
		"originalClassification": "text",
		"originalCountry": "text",
		"releasabilityTo": "texts",
		"COI": "texts",
		"coiOperator": "text",
		"creationDate": "time",
		"encrypted": "boolean",
		"releasableToIndustry": "boolean",
		"integrityValidated": "boolean",
		"kasUrl": "text",
	},
	"context": {
		"currentTime": "time",
		"requestId": "text",
		"acr": "level",
		"amr": "texts",
		"sourceIP": "text",
	},
}

# METADATA
# description: The attributes that every request must have, by part.
mandatory_attributes := {
	"subject": {"authenticated", "uniqueID", "clearance", "countryOfAffiliation", "acpCOI", "issuer"},
	"action": {"operation"},
	"resource": {"resourceId", "classification", "releasabilityTo", "COI", "coiOperator", "creationDate", "encrypted"},
	"context": {"currentTime", "requestId", "acr", "amr", "sourceIP"},
}

# METADATA
# description: The parts of the request; one that is missing or no object is empty.
parts := {part: attributes |
	some part, _ in mandatory_attributes
	attributes := input[part]
	is_object(attributes)
}

# METADATA
# description: A part of the request, empty when it is missing or no object.
part_of(part) := object.get(parts, part, {})

# METADATA
# description: Attributes that should be there and are not, as [part, name].
missing_attributes contains [part, name] if {
	some part, names in mandatory_attributes
	some name in (names - object.keys(part_of(part)))
}

# A national value means nothing without its nation, nor the nation without a value.
missing_attributes contains ["subject", "clearanceCountry"] if {
	input.subject.clearanceOriginal
	not input.subject.clearanceCountry
}

missing_attributes contains ["subject", "clearanceOriginal"] if {
	input.subject.clearanceCountry
	not input.subject.clearanceOriginal
}

missing_attributes contains ["resource", "originalCountry"] if {
	input.resource.originalClassification
	not input.resource.originalCountry
}

missing_attributes contains ["resource", "originalClassification"] if {
	input.resource.originalCountry
	not input.resource.originalClassification
}

# No claim, and nothing agreed with the issuer about users without it.
missing_attributes contains ["subject", "organizationType"] if {
	issuer
	not organization_type
}

# METADATA
# description: Attributes that are there and are not what they should be, as [part, name]. Null is not nothing.
malformed_attributes contains [part, name] if {
	some part, attributes in parts
	some name, value in attributes
	kind := attribute_kinds[part][name]
	not _is(kind, value)
}

_is("boolean", value) if is_boolean(value)

# What is no text has no trimmed form, and so is none.
_is("text", value) if trim_space(value) != ""

_is("texts", value) if {
	is_array(value)
	every one in value {
		trim_space(one) != ""
	}
}

_is("time", value) if time.parse_rfc3339_ns(value)

_is("level", value) if regex.match(`^[0-9]$`, value)
