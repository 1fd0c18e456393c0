package dive.rules

# METADATA
# description: |
#   What was checked and whether it holds. Each is false until its rule proves it; all of them must hold.
checks := {
	"operation_known": operation_known,
	"authenticated": authenticated,
	"required_attributes": required_attributes,
	"federation_trusted": federation_trusted,
	"clearance_sufficient": clearance_sufficient,
	"authentication_strength_sufficient": authentication_strength_sufficient,
	"mfa_verified": mfa_verified,
	"upload_releasability_valid": upload_releasability_valid,
	"country_releasable": country_releasable,
	"coi_satisfied": coi_satisfied,
	"coi_coherent": coi_coherent,
	"embargo_passed": embargo_passed,
	"ztdf_integrity_valid": ztdf_integrity_valid,
	"industry_access_allowed": industry_access_allowed,
	"industry_clearance_cap_ok": industry_clearance_cap_ok,
}

# METADATA
# description: The operations that the policy decides on; any other is denied.
operations := {"read", "download", "upload", "decrypt"}

default operation_known := false

operation_known if input.action.operation in operations

default authenticated := false

authenticated if input.subject.authenticated == true

default required_attributes := false

required_attributes if {
	count(missing_attributes) == 0
	count(malformed_attributes) == 0
}

default embargo_passed := false

embargo_passed if now_ns >= embargo_end_ns

# Who uploads has the document in hand: an embargo is for the readers.
embargo_passed if input.action.operation == "upload"

# METADATA
# description: Tolerated difference between the clocks of two instances, 300 s in ns.
embargo_skew_ns := 300000000000

# METADATA
# description: The time of the request, ns since 1970; undefined when it is no RFC 3339 time.
now_ns := time.parse_rfc3339_ns(input.context.currentTime)

# METADATA
# description: From when on the resource may be read, ns since 1970. Exactly at the limit is allowed.
embargo_end_ns := time.parse_rfc3339_ns(input.resource.creationDate) - embargo_skew_ns

default ztdf_integrity_valid := false

ztdf_integrity_valid if not "integrityValidated" in object.keys(input.resource)

ztdf_integrity_valid if input.resource.integrityValidated == true
