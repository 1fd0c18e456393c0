# METADATA
# title: Access decisions
# description: |
#   The decision on one request of a backend or a key access service. Everything is denied until a rule permits it;
#   there is no such rule yet.
# entrypoint: true
package dive.authz

# METADATA
# description: Whether the request is permitted.
default allow := false

# METADATA
# description: The answer for the caller. Anything but `allow` being true is a denial.
decision := {
	"allow": allow,
	"reason": reason,
	"obligations": [],
	"evaluation_details": {"checks": {}},
}

# METADATA
# description: Why the request is denied, in words for people and logs.
default reason := "no rule permits this"
