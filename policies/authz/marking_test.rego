package dive.authz_test

_marking(changes) := _decide(_changed(changes, [])).evaluation_details.resource.displayMarking

test_a_label_as_people_read_it[expected] if {
	some expected, changes in {
		"NATO CONFIDENTIAL COI NATO REL TO USA, FRA": {},
		"COSMIC TOP SECRET REL TO USA": {"/resource/classification": "TOP_SECRET", "/resource/COI": [], "/resource/releasabilityTo": ["USA"]},
		"NATO SECRET COI NATO/FVEY REL TO FRA": {"/resource/classification": "SECRET", "/resource/COI": ["NATO", "FVEY"], "/resource/releasabilityTo": ["FRA"]},
		"NATO CONFIDENTIAL COI NATO REL TO GER": {"/resource/releasabilityTo": ["DEU"]},
		"NATO SECRET COI NATO REL TO USA, FRA": {"/resource/originalCountry": "DEU", "/resource/originalClassification": "GEHEIM"},
	}
	_marking(changes) == expected
}

test_a_label_that_cannot_be_read_has_no_marking[name] if {
	some name, changes in {
		"nobody": {"/resource/releasabilityTo": []},
		"no country": {"/resource/releasabilityTo": ["NATO"]},
		"no community": {"/resource/COI": ["SECRET-CLUB"]},
		"no classification": {"/resource/classification": "COSMIC"},
	}
	not _marking(changes)
}
