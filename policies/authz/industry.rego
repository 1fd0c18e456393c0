package dive.rules

# METADATA
# description: For whom a subject may work. In lower case they are unknown, and so deny.
organization_types := {"GOV", "MIL", "INDUSTRY"}

# METADATA
# description: |
#   For whom the subject works: as its token says, else as this instance agreed with the issuer for users without the claim.
#   Undefined when neither says it.
organization_type := input.subject.organizationType

organization_type := issuer.organization_type if not "organizationType" in object.keys(input.subject)

# METADATA
# description: The highest level that the subject's country lets industry see. A country without an entry lets it see the least.
industry_cap := data.tables.levels.level[object.get(
	data.tables.industry.caps,
	input.subject.countryOfAffiliation,
	data.tables.industry.default,
)]

default industry_access_allowed := false

industry_access_allowed if organization_type in (organization_types - {"INDUSTRY"})

industry_access_allowed if {
	organization_type == "INDUSTRY"
	input.resource.releasableToIndustry == true
}

default industry_clearance_cap_ok := false

industry_clearance_cap_ok if organization_type in (organization_types - {"INDUSTRY"})

industry_clearance_cap_ok if {
	organization_type == "INDUSTRY"
	effective_classification <= industry_cap
}
