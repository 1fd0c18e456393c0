package dive.rules

# METADATA
# description: What the caller must do with a permission. A resource that is encrypted opens with a key that a KAS decides about itself.
obligations := [_key_request] if {
	allow
	input.resource.encrypted
	input.action.operation in {"read", "download"}
} else := []

_key_request := object.union(
	{
		"type": "kas",
		"action": "request_key",
		"resourceId": input.resource.resourceId,
		"kaoId": sprintf("kao-%s", [input.resource.resourceId]),
		"reason": "the resource is encrypted",
		"policyContext": {
			"clearanceRequired": data.tables.levels.name[effective_classification],
			"countriesAllowed": input.resource.releasabilityTo,
			"coiRequired": input.resource.COI,
		},
	},
	{"kasEndpoint": url | url := input.resource.kasUrl},
)
