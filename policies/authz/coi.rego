package dive.rules

# METADATA
# description: How several communities of interest of a label combine. In lower case they are unknown, and so deny.
coi_operators := {"ALL", "ANY"}

default coi_satisfied := false

coi_satisfied if {
	input.resource.coiOperator in coi_operators
	input.resource.COI == []
}

coi_satisfied if {
	input.resource.coiOperator == "ALL"
	_coi_known
	every community in input.resource.COI {
		community in input.subject.acpCOI
	}
}

coi_satisfied if {
	input.resource.coiOperator == "ANY"
	_coi_known
	some community in input.resource.COI
	community in input.subject.acpCOI
}

_coi_known if {
	is_array(input.resource.COI)
	every community in input.resource.COI {
		data.tables.spif.communities[community]
	}
}

# METADATA
# description: What in the label's communities contradicts itself, as [community, rule].
coi_incoherences contains [community, "must be alone"] if {
	count(input.resource.COI) > 1
	some community in input.resource.COI
	data.tables.coi[community].alone
}

coi_incoherences contains [community, sprintf("excludes %s", [other])] if {
	some community in input.resource.COI
	some other in input.resource.COI
	data.tables.coi[community].excludes[other]
}

coi_incoherences contains [community, sprintf("is part of %s, which ANY would let in", [whole])] if {
	input.resource.coiOperator == "ANY"
	some community in input.resource.COI
	some whole in input.resource.COI
	data.tables.coi[community].part_of[whole]
}

coi_incoherences contains [community, sprintf("is not for %s", [country])] if {
	some community in input.resource.COI
	some country in input.resource.releasabilityTo
	not country in object.get(data.tables.coi, [community, "only_releasable_to"], [country])
}

default coi_coherent := false

coi_coherent if {
	is_array(input.resource.COI)
	count(coi_incoherences) == 0
}
