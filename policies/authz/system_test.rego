package system.authz_test

import data.system.authz

test_a_client_may_ask_for_decisions_and_health if {
	every call in _permitted {
		authz.allow with input as _by("dive-hub-backend-client", call)
	}
}

test_a_client_may_do_nothing_else if {
	every call in _refused {
		not authz.allow with input as _by("dive-hub-backend-client", call)
	}
}

test_nobody_else_may_do_anything if {
	every name in ["dive-hub-backend", "dive-hub-backend-client-2", "client", ""] {
		every call in _permitted {
			not authz.allow with input as _by(name, call)
		}
	}
}

test_the_first_certificate_counts if {
	certificates := [{"Subject": {"CommonName": "dive-hub-opa"}}, {"Subject": {"CommonName": "dive-hub-backend-client"}}]
	not authz.allow with input as object.union(_permitted[0], {"client_certificates": certificates})
}

test_no_certificate_no_call if {
	every call in _permitted {
		not authz.allow with input as call
		not authz.allow with input as object.union(call, {"client_certificates": []})
		not authz.allow with input as object.union(call, {"identity": "CN=dive-hub-backend-client"})
	}
}

_by(name, call) := object.union(call, {"client_certificates": [{"Subject": {"CommonName": name}}]})

_permitted := [
	{"method": "GET", "path": ["health"]},
	{"method": "POST", "path": ["v1", "data", "dive", "authz"]},
	{"method": "POST", "path": ["v1", "data", "dive", "authz", "decision"]},
]

_refused := [
	{"method": "POST", "path": ["health"]},
	{"method": "GET", "path": ["health", "plugins"]},
	{"method": "GET", "path": ["v1", "data", "dive", "authz"]},
	{"method": "PUT", "path": ["v1", "data", "dive", "authz"]},
	{"method": "PATCH", "path": ["v1", "data", "dive", "authz"]},
	{"method": "POST", "path": ["v1", "data"]},
	{"method": "POST", "path": ["v1", "data", "dive"]},
	{"method": "POST", "path": ["v1", "data", "dive", "authz2"]},
	{"method": "POST", "path": ["v1", "data", "system", "authz"]},
	{"method": "POST", "path": [""]},
	{"method": "POST", "path": ["v1", "query"]},
	{"method": "POST", "path": ["v1", "compile"]},
	{"method": "PUT", "path": ["v1", "policies", "authz"]},
	{"method": "DELETE", "path": ["v1", "policies", "authz"]},
	{"method": "GET", "path": ["v1", "policies"]},
	{"method": "GET", "path": ["v1", "config"]},
	{"method": "GET", "path": ["metrics"]},
]
