package dive.authz_test

import data.dive.rules

# For each nation: its words with the level of a label and of a clearance, as the sources in the data file have them.
test_every_word_of_every_nation[sprintf("%s %s", [nation, word])] if {
	some nation, words in _expected
	some word, [label, clearance] in words
	rules.national_classification == label with input as {"resource": {"originalCountry": nation, "originalClassification": word}}
	rules.national_clearance == clearance with input as {"subject": {"clearanceCountry": nation, "clearanceOriginal": word}}
}

test_no_word_without_a_test if {
	{[nation, word] | some nation, words in _expected; some word, _ in words} == {[nation, word] |
		some nation, table in data.tables.equivalence.nations
		some word, _ in table.values
	}
}

test_at_least_twelve_nations_and_nato if {
	count(object.keys(data.tables.equivalence.nations) - {"NATO"}) >= 12
	"NATO" in object.keys(data.tables.equivalence.nations)
}

test_every_nation_names_its_sources if {
	every table in data.tables.equivalence.nations {
		count(table.sources) > 0
		every source in table.sources {
			data.tables.equivalence.sources[source].title
			data.tables.equivalence.sources[source].where
		}
	}
}

test_no_source_unused if {
	object.keys(data.tables.equivalence.sources) == {source | some table in data.tables.equivalence.nations; some source in table.sources}
}

test_clearances_are_never_worth_more_than_labels_need if {
	every table in data.tables.equivalence.nations {
		every value in table.values {
			data.tables.levels.level[value.clearance] <= data.tables.levels.level[value.label]
		}
	}
}

test_every_nation_is_a_country_or_nato if {
	every nation, _ in data.tables.equivalence.nations {
		nation in (object.keys(data.tables.countries) | {"NATO"})
	}
}

test_levels_are_the_same_in_both_directions if {
	data.tables.levels.level == {name: level | some level, name in data.tables.levels.name}
	data.tables.levels.name == ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP_SECRET"]
}

test_authentication_never_gets_weaker_upwards if {
	levels := [data.tables.authentication.required[name] | some name in data.tables.levels.name]
	levels == sort(levels)
	levels == [1, 1, 2, 2, 2]
}

test_countries_are_iso_3166_and_the_test_codes if {
	count(data.tables.countries) == 252
	every code, known in data.tables.countries {
		regex.match(`^[A-Z]{3}$`, code)
		known == true
	}
	{"USA", "FRA", "DEU", "GBR", "TST", "DEV", "QAA"} - object.keys(data.tables.countries) == set()
}

test_industry_caps_are_levels_of_countries if {
	data.tables.levels.level[data.tables.industry.default] == 0
	every country, cap in data.tables.industry.caps {
		data.tables.countries[country]
		data.tables.levels.level[cap]
	}
}

# Levels: 0 UNCLASSIFIED, 1 RESTRICTED, 2 CONFIDENTIAL, 3 SECRET, 4 TOP_SECRET; label first, clearance second.
_expected := {
	"AUT": {
		"STRENG GEHEIM": [4, 4],
		"Streng Geheim": [4, 4],
		"GEHEIM": [3, 3],
		"Geheim": [3, 3],
		"VERTRAULICH": [2, 2],
		"Vertraulich": [2, 2],
		"EINGESCHRÄNKT": [1, 1],
		"Eingeschränkt": [1, 1],
	},
	"BEL": {
		"Très Secret": [4, 4],
		"Zeer Geheim": [4, 4],
		"Geheim": [3, 3],
		"Secret": [3, 3],
		"Confidentiel": [2, 2],
		"Vertrouwelijk": [2, 2],
	},
	"BGR": {
		"Строго секретно": [4, 4],
		"Секретно": [3, 3],
		"Поверително": [2, 2],
		"За служебно ползване": [1, 1],
	},
	"CHE": {
		"GEHEIM": [3, 3],
		"SECRET": [3, 3],
		"SEGRETO": [3, 3],
		"CONFIDENTIEL": [2, 2],
		"CONFIDENZIALE": [2, 2],
		"VERTRAULICH": [2, 2],
		"AD USO INTERNO": [1, 1],
		"INTERN": [1, 1],
		"INTERNE": [1, 1],
	},
	"CZE": {
		"PŘÍSNĚ TAJNÉ": [4, 4],
		"Přísně tajné": [4, 4],
		"TAJNÉ": [3, 3],
		"Tajné": [3, 3],
		"DŮVĚRNÉ": [2, 2],
		"Důvěrné": [2, 2],
		"VYHRAZENÉ": [2, 1],
		"Vyhrazené": [2, 1],
	},
	"DEU": {
		"STRENG GEHEIM": [4, 4],
		"GEHEIM": [3, 3],
		"VS-VERTRAULICH": [2, 2],
		"VS-NUR FÜR DEN DIENSTGEBRAUCH": [1, 1],
	},
	"DNK": {
		"YDERST HEMMELIGT": [4, 4],
		"HEMMELIGT": [3, 3],
		"FORTROLIGT": [2, 2],
		"TIL TJENESTEBRUG": [1, 1],
	},
	"ESP": {
		"SECRETO": [4, 4],
		"RESERVADO": [3, 3],
		"CONFIDENCIAL": [2, 2],
		"DIFUSIÓN LIMITADA": [1, 1],
	},
	"EST": {
		"TÄIESTI SALAJANE": [4, 4],
		"Täiesti salajane": [4, 4],
		"SALAJANE": [3, 3],
		"Salajane": [3, 3],
		"KONFIDENTSIAALNE": [2, 2],
		"Konfidentsiaalne": [2, 2],
		"PIIRATUD": [1, 1],
		"Piiratud": [1, 1],
	},
	"FIN": {
		"ERITTÄIN SALAINEN": [4, 4],
		"YTTERST HEMLIG": [4, 4],
		"HEMLIG": [3, 3],
		"SALAINEN": [3, 3],
		"KONFIDENTIELL": [2, 2],
		"LUOTTAMUKSELLINEN": [2, 2],
		"BEGRÄNSAD TILLGÅNG": [1, 1],
		"KÄYTTÖ RAJOITETTU": [1, 1],
	},
	"FRA": {
		"TRÈS SECRET": [4, 4],
		"TRÈS SECRET DÉFENSE": [4, 4],
		"SECRET": [3, 3],
		"SECRET DÉFENSE": [3, 3],
		"CONFIDENTIEL DÉFENSE": [2, 2],
		"DIFFUSION RESTREINTE": [1, 0],
	},
	"GBR": {
		"UK TOP SECRET": [4, 4],
		"UK SECRET": [3, 2],
	},
	"GRC": {
		"Άκρως Απόρρητο": [4, 4],
		"Απόρρητο": [3, 3],
		"Εμπιστευτικό": [2, 2],
		"Περιορισμένης Χρήσης": [1, 1],
	},
	"HRV": {
		"VRLO TAJNO": [4, 4],
		"TAJNO": [3, 3],
		"POVJERLJIVO": [2, 2],
		"OGRANIČENO": [1, 1],
	},
	"IRL": {
		"Top Secret": [4, 4],
		"Secret": [3, 3],
		"Confidential": [2, 2],
		"Restricted": [1, 1],
	},
	"ITA": {
		"Segretissimo": [4, 4],
		"Segreto": [3, 3],
		"Riservatissimo": [2, 2],
		"Riservato": [1, 1],
	},
	"NATO": {
		"COSMIC TOP SECRET": [4, 4],
		"NATO SECRET": [3, 3],
		"NATO CONFIDENTIAL": [2, 2],
		"NATO RESTRICTED": [1, 1],
		"NATO UNCLASSIFIED": [0, 0],
	},
	"NOR": {
		"STRENGT HEMMELIG": [4, 4],
		"HEMMELIG": [3, 3],
		"KONFIDENSIELT": [2, 2],
		"BEGRENSET": [1, 1],
	},
	"POL": {
		"ŚCIŚLE TAJNE": [4, 4],
		"TAJNE": [3, 3],
		"POUFNE": [2, 2],
		"ZASTRZEŻONE": [1, 1],
	},
	"PRT": {
		"MUITO SECRETO": [4, 4],
		"SECRETO": [3, 3],
		"CONFIDENCIAL": [2, 2],
	},
	"USA": {
		"TOP SECRET": [4, 4],
		"SECRET": [3, 3],
		"CONFIDENTIAL": [2, 2],
	},
}
