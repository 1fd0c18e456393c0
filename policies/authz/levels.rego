package dive.rules

# METADATA
# description: Level of the coalition's clearance that the subject's token states; undefined when it is none.
stated_clearance := data.tables.levels.level[input.subject.clearance]

# METADATA
# description: Level of the coalition's classification that the label states; undefined when it is none.
stated_classification := data.tables.levels.level[input.resource.classification]

# METADATA
# description: What a national clearance is worth to the coalition, rounded down where the table leaves a choice.
national_clearance := data.tables.levels.level[entry.clearance] if {
	entry := data.tables.equivalence.nations[input.subject.clearanceCountry].values[input.subject.clearanceOriginal]
}

# METADATA
# description: How the coalition must protect a national classification, rounded up where the table leaves a choice.
national_classification := data.tables.levels.level[entry.label] if {
	entry := data.tables.equivalence.nations[input.resource.originalCountry].values[input.resource.originalClassification]
}

# METADATA
# description: The nations whose values have to be mapped for this request.
mapped_nations contains input.subject.clearanceCountry if is_string(input.subject.clearanceCountry)

mapped_nations contains input.resource.originalCountry if is_string(input.resource.originalCountry)

# METADATA
# description: |
#   The level that the subject is cleared for: the lower one of what is stated and what the national value is worth.
#   Undefined when a national value is there that cannot be mapped.
effective_clearance := stated_clearance if not _national_clearance_given

effective_clearance := min([stated_clearance, national_clearance])

_national_clearance_given if input.subject.clearanceOriginal

_national_clearance_given if input.subject.clearanceCountry

# METADATA
# description: |
#   The level that the resource needs: the higher one of what is stated and what its origin's value demands.
#   Undefined when a national value is there that cannot be mapped.
effective_classification := stated_classification if not _national_classification_given

effective_classification := max([stated_classification, national_classification])

_national_classification_given if input.resource.originalClassification

_national_classification_given if input.resource.originalCountry

default clearance_sufficient := false

clearance_sufficient if effective_clearance >= effective_classification
