package system.log_test

import data.system.log

_event(request) := {"path": "dive/authz", "input": request}

_request := {
	"subject": {"uniqueID": "fra:analyst", "clearance": "SECRET"},
	"action": {"operation": "read"},
	"resource": {"resourceId": "usa-1"},
	"context": {"sourceIP": "192.0.2.1", "requestId": "request-1"},
}

test_personal_identifiers_are_erased_and_the_rest_stays if {
	log.mask == {"/input/subject/uniqueID", "/input/context/sourceIP"} with input as _event(_request)
}

test_a_part_with_anything_unknown_is_erased[name] if {
	some name, [changed, path] in {
		"a token of the subject": [{"subject": {"clearance": "SECRET", "token": "eyJ"}}, "/input/subject"],
		"a token of the context": [{"context": {"authorization": "Bearer eyJ"}}, "/input/context"],
		"another part": [{"token": "eyJ"}, "/input"],
		"a part that is a text": [{"subject": "eyJ"}, "/input/subject"],
		"a part that is null": [{"resource": null}, "/input/resource"],
		"a name with a slash": [{"resource": {"a/b": "eyJ"}}, "/input/resource"],
	}
	path in log.mask with input as _event(object.union(_request, changed))
}

test_input_that_is_no_object_is_erased[name] if {
	some name, request in {"text": "eyJ", "list": ["eyJ"], "null": null}
	"/input" in log.mask with input as _event(request)
}
