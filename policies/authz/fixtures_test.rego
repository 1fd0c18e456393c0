package dive.authz_test

import data.dive.authz

# What the hub's instance knows: itself, and FRA; DEU signs in through the hub's broker, but is not in the matrix.
_instance := {
	"code": "USA",
	"issuers": {
		"https://usa/realm": {
			"country": "USA",
			"countries": {"USA": true, "FRA": true, "DEU": true},
			"organization_type": "GOV",
		},
		"https://fra/realm": {"country": "FRA", "countries": {"FRA": true}, "organization_type": "GOV"},
		"https://gbr/realm": {"country": "GBR", "countries": {"GBR": true}},
	},
	"matrix": {
		"USA": {"USA": true, "FRA": true, "GBR": true},
		"FRA": {"DEU": true},
	},
	"authentication": {"TOP_SECRET": 3, "UNCLASSIFIED": 0},
}

_spif := {
	"classifications": {
		"UNCLASSIFIED": {"phrase": "NATO UNCLASSIFIED"},
		"RESTRICTED": {"phrase": "NATO RESTRICTED"},
		"CONFIDENTIAL": {"phrase": "NATO CONFIDENTIAL"},
		"SECRET": {"phrase": "NATO SECRET"},
		"TOP_SECRET": {"phrase": "COSMIC TOP SECRET"},
	},
	"communities": {name: {"phrase": name} |
		some name in [
			"NATO",
			"NATO-COSMIC",
			"FVEY",
			"AUKUS",
			"US-ONLY",
			"EU-RESTRICTED",
			"CAN-US",
			"GBR-US",
			"QUAD",
		]
	},
	"countries": {"DEU": "GER"},
	"qualifiers": {
		"communities": {"prefix": "COI ", "separator": "/", "suffix": ""},
		"releasability": {"prefix": "REL TO ", "separator": ", ", "suffix": ""},
	},
}

# A request that is permitted: every case of the tests is this one with something changed.
_request := {
	"subject": {
		"authenticated": true,
		"uniqueID": "fra:analyst",
		"clearance": "SECRET",
		"countryOfAffiliation": "FRA",
		"acpCOI": ["NATO"],
		"issuer": "https://usa/realm",
	},
	"action": {"operation": "read"},
	"resource": {
		"resourceId": "usa-1",
		"classification": "CONFIDENTIAL",
		"releasabilityTo": ["USA", "FRA"],
		"COI": ["NATO"],
		"coiOperator": "ALL",
		"creationDate": "2026-01-01T00:00:00Z",
		"encrypted": false,
	},
	"context": {
		"currentTime": "2026-06-01T12:00:00Z",
		"requestId": "request-1",
		"acr": "1",
		"amr": ["pwd", "otp"],
		"sourceIP": "192.0.2.1",
	},
}

_decide(request) := decision if {
	decision := authz.decision with input as request
		with data.tables.instance as _instance
		with data.tables.spif as _spif
}

# The request with the attributes of `changes` (path -> value) set and those of `removed` (paths) taken out.
_changed(changes, removed) := json.patch(_request, array.concat(
	[{"op": "add", "path": path, "value": value} | some path, value in changes],
	[{"op": "remove", "path": path} | some path in removed],
))
