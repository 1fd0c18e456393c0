package dive.authz_test

import data.dive.authz

test_nothing_is_permitted if {
	every request in _requests {
		decision := authz.decision with input as request
		decision == {
			"allow": false,
			"reason": "no rule permits this",
			"obligations": [],
			"evaluation_details": {"checks": {}},
		}
	}
}

test_a_decision_exists_without_input if {
	authz.decision.allow == false
}

_requests := [
	{},
	null,
	"text",
	{"action": {"operation": "health"}},
	{"allow": true, "decision": {"allow": true}},
	{
		"subject": {"authenticated": true, "clearance": "TOP_SECRET", "countryOfAffiliation": "USA"},
		"action": {"operation": "read"},
		"resource": {"classification": "UNCLASSIFIED", "releasabilityTo": ["USA"]},
	},
]
