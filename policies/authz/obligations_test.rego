package dive.authz_test

_encrypted(changes) := _decide(_changed(object.union({"/resource/encrypted": true}, changes), [])).obligations

_key_request := {
	"type": "kas",
	"action": "request_key",
	"resourceId": "usa-1",
	"kaoId": "kao-usa-1",
	"reason": "the resource is encrypted",
	"policyContext": {"clearanceRequired": "CONFIDENTIAL", "countriesAllowed": ["USA", "FRA"], "coiRequired": ["NATO"]},
}

test_who_may_read_what_is_encrypted_asks_a_kas_for_the_key if {
	_encrypted({}) == [_key_request]
	_encrypted({"/action/operation": "download"}) == [_key_request]
}

test_the_kas_is_named_when_it_is_known if {
	_encrypted({"/resource/kasUrl": "https://kas"}) == [object.union(_key_request, {"kasEndpoint": "https://kas"})]
}

test_the_key_needs_the_clearance_that_the_national_label_needs if {
	national := {"/resource/originalCountry": "DEU", "/resource/originalClassification": "GEHEIM"}
	_encrypted(national)[0].policyContext.clearanceRequired == "SECRET"
}

test_a_kas_has_no_obligation_towards_itself if _encrypted({"/action/operation": "decrypt"}) == []

test_an_upload_has_none if _encrypted({"/action/operation": "upload"}) == []

test_a_denial_has_none if _encrypted({"/subject/clearance": "UNCLASSIFIED"}) == []
