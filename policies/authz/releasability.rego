package dive.rules

# METADATA
# description: Whether the label says to whom it is releasable, in codes that exist. An empty list is nobody.
releasability_stated if {
	count(input.resource.releasabilityTo) > 0
	every code in input.resource.releasabilityTo {
		data.tables.countries[code]
	}
}

# METADATA
# description: Whether the subject's country is on the list.
country_listed if input.subject.countryOfAffiliation in input.resource.releasabilityTo

default country_releasable := false

country_releasable if {
	releasability_stated
	country_listed
}

default upload_releasability_valid := false

# Nobody labels a document so that the own country cannot read it.
upload_releasability_valid if {
	input.action.operation == "upload"
	country_listed
}

upload_releasability_valid if {
	is_string(input.action.operation)
	input.action.operation != "upload"
}
