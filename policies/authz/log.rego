# METADATA
# title: What decision logs leave out
# description: |
#   The mask of OPA's decision log. It knows what may stay and takes out the rest: personal identifiers, and whole parts of
#   a request that hold anything the policy does not read, such as a token.
# related_resources:
#   - https://www.openpolicyagent.org/docs/management-decision-logs#masking-sensitive-data
package system.log

# METADATA
# description: Paths to erase from a logged decision. The name is fixed by OPA.
# entrypoint: true
mask contains "/input" if not is_object(input.input)

mask contains "/input" if {
	some part, _ in input.input
	not data.dive.rules.attribute_kinds[part]
}

mask contains sprintf("/input/%s", [part]) if {
	some part, value in input.input
	not is_object(value)
}

mask contains sprintf("/input/%s", [part]) if {
	some part, value in input.input
	some name in object.keys(value)
	not data.dive.rules.attribute_kinds[part][name]
}

mask contains sprintf("/input/%s", [path]) if some path in _personal

_personal := {"subject/uniqueID", "context/sourceIP"}
