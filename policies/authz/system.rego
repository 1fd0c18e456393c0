# METADATA
# title: Who may call this OPA
# description: |
#   OPA's own API authorization (`--authentication=tls --authorization=basic`). TLS has already checked that the client's
#   certificate comes from the instance's authority; this says that it must be a service's client certificate, not a server's,
#   and that it may ask for decisions and health and nothing else. Policies and data arrive as files only.
# related_resources:
#   - https://www.openpolicyagent.org/docs/security#authentication-and-authorization
package system.authz

# METADATA
# description: Whether OPA answers the call. The name is fixed by OPA.
# entrypoint: true
default allow := false

allow if {
	_is_client
	_is_permitted_call
}

# Client certificates are told from server certificates by their common name, which the program gives them.
_is_client if endswith(input.client_certificates[0].Subject.CommonName, "-client")

_is_permitted_call if {
	input.method == "GET"
	input.path == ["health"]
}

_is_permitted_call if {
	input.method == "POST"
	array.slice(input.path, 0, 4) == ["v1", "data", "dive", "authz"]
}
