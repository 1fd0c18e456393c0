package dive.authz_test

import data.dive.authz
import data.dive.rules

test_the_whole_answer_of_a_permission if {
	_decide(_request) == {
		"allow": true,
		"reason": "permitted",
		"reasons": [],
		"obligations": [],
		"evaluation_details": {
			"checks": {check: true | some check in _checks},
			"attributes": {"missing": [], "malformed": []},
			"subject": {"countryOfAffiliation": "FRA", "clearance": "SECRET", "clearanceEffective": "SECRET"},
			"resource": {
				"resourceId": "usa-1",
				"classification": "CONFIDENTIAL",
				"classificationEffective": "CONFIDENTIAL",
				"displayMarking": "NATO CONFIDENTIAL COI NATO REL TO USA, FRA",
			},
			"authentication": {"acr": "1", "amr": ["pwd", "otp"], "level": 2, "required": 2},
			"coi_incoherences": [],
			"policy": {"instance": "USA", "revision": ""},
		},
	}
}

test_the_whole_answer_without_any_input if {
	authz.decision == {
		"allow": false,
		"reason": "malformed_input",
		"reasons": [
			"malformed_input",
			"unknown_operation",
			"action_attribute_missing",
			"not_authenticated",
			"subject_attribute_missing",
			"resource_attribute_missing",
			"context_attribute_missing",
		],
		"obligations": [],
		"evaluation_details": {
			"checks": {check: false | some check in _checks},
			"attributes": {
				"missing": sort([sprintf("%s.%s", [part, name]) | some part, names in rules.mandatory_attributes; some name in names]),
				"malformed": [],
			},
			"subject": {},
			"resource": {},
			"authentication": {},
			"coi_incoherences": [],
			"policy": {"instance": null, "revision": ""},
		},
	}
}

test_input_that_is_no_object_is_denied[request] if {
	some request in {null, true, 5, "text", ["subject"], {}}
	decision := _decide(request)
	decision.allow == false
	decision.evaluation_details.checks.required_attributes == false
	count(decision.obligations) == 0
}

test_a_request_cannot_bring_its_own_decision if {
	decision := _decide({"allow": true, "decision": {"allow": true}, "checks": {}, "reasons": []})
	decision.allow == false
}

test_a_check_that_fails_denies_without_any_reason if {
	decision := authz.decision with input as _changed({"/subject/clearance": "UNCLASSIFIED"}, [])
		with data.tables.instance as _instance
		with data.tables.spif as _spif
		with data.dive.rules.reasons as set()
	decision.allow == false
	decision.reason == "denied_by_default"
	decision.evaluation_details.checks.clearance_sufficient == false
}

test_a_reason_denies_although_all_checks_hold if {
	decision := authz.decision with input as _request
		with data.tables.instance as _instance
		with data.tables.spif as _spif
		with data.dive.rules.reasons as {"embargoed"}
	decision.allow == false
	decision.reason == "embargoed"
}

test_every_reason_has_its_place_once if {
	count(rules.priority) == 34
	count({reason | some reason in rules.priority}) == 34
	every case in _reason_cases {
		every reason in case.reasons {
			reason in rules.priority
		}
	}
	{reason | some reason in rules.priority} - {reason | some case in _reason_cases; some reason in case.reasons} == {"malformed_input"}
}

test_the_first_reason_counts if {
	decision := _decide(_changed({"/subject/authenticated": false, "/subject/clearance": "UNCLASSIFIED", "/resource/releasabilityTo": []}, []))
	decision.reason == "not_authenticated"
	decision.reasons == ["not_authenticated", "clearance_insufficient", "releasable_to_nobody"]
}

test_the_revision_is_the_bundles if {
	decision := authz.decision with input as _request
		with data.system.bundles as {"b": {"manifest": {"revision": "abc"}}}
	decision.evaluation_details.policy.revision == "abc"
}

_checks := {
	"operation_known",
	"authenticated",
	"required_attributes",
	"federation_trusted",
	"clearance_sufficient",
	"authentication_strength_sufficient",
	"mfa_verified",
	"upload_releasability_valid",
	"country_releasable",
	"coi_satisfied",
	"coi_coherent",
	"embargo_passed",
	"ztdf_integrity_valid",
	"industry_access_allowed",
	"industry_clearance_cap_ok",
}
