# METADATA
# title: The rules behind access decisions
# description: Denied unless every check holds and no reason speaks against it.
# schemas:
#   - input: schema.input
package dive.rules

# METADATA
# description: |
#   Whether the request is permitted. Checks and reasons are written independently of each other: a check that cannot be
#   evaluated, or a reason that was forgotten, still denies.
default allow := false

allow if {
	every _, holds in checks {
		holds == true
	}
	count(reasons) == 0
}

# METADATA
# description: The reason that counts for people and logs, the first of `reasons` in the order of `priority`.
default reason := "denied_by_default"

reason := "permitted" if allow

reason := ordered_reasons[0] if not allow

# METADATA
# description: All reasons against the request, the most fundamental first.
ordered_reasons := [candidate | some candidate in priority; candidate in reasons] if count(reasons) > 0

ordered_reasons := [] if count(reasons) == 0

# METADATA
# description: The whole answer.
decision := {
	"allow": allow,
	"reason": reason,
	"reasons": ordered_reasons,
	"obligations": obligations,
	"evaluation_details": evaluation_details,
}
