package dive.rules

# METADATA
# description: |
#   The label as people read it, by the phrases of the security policy information file, e.g. `NATO SECRET NATO-COSMIC REL TO USA, FRA`;
#   undefined when the label has something that the file or the tables do not know.
display_marking := concat(" ", [phrase | some phrase in phrases; phrase != ""]) if {
	releasability_stated
	_coi_known
	classification := data.tables.levels.name[effective_classification]
	phrases := [data.tables.spif.classifications[classification].phrase, _coi_phrase, _releasability_phrase]
}

default _coi_phrase := ""

_coi_phrase := _qualified(data.tables.spif.qualifiers.communities, [data.tables.spif.communities[community].phrase |
	some community in input.resource.COI
]) if {
	count(input.resource.COI) > 0
}

_releasability_phrase := _qualified(data.tables.spif.qualifiers.releasability, [object.get(data.tables.spif.countries, country, country) |
	some country in input.resource.releasabilityTo
])

_qualified(qualifier, phrases) := concat("", [qualifier.prefix, concat(qualifier.separator, phrases), qualifier.suffix])
