package dive.authz_test

test_what_is_permitted[case.name] if {
	some case in _permitted_cases
	_as_expected(case)
}

test_forms[case.name] if {
	some case in _form_cases
	_as_expected(case)
}

test_subjects[case.name] if {
	some case in _subject_cases
	_as_expected(case)
}

test_labels[case.name] if {
	some case in _label_cases
	_as_expected(case)
}

test_uploads_and_industry[case.name] if {
	some case in _upload_and_industry_cases
	_as_expected(case)
}

_as_expected(case) if {
	decision := _decide(_changed(object.get(case, "set", {}), object.get(case, "remove", [])))
	decision.reasons == case.reasons
	decision.allow == _permits(case.reasons)
	decision.reason == array.concat(case.reasons, ["permitted"])[0]
	failed := {check | some check, holds in decision.evaluation_details.checks; not holds}
	failed == {check | some check in object.get(case, "failed", [])}
}

_permits([]) := true

_permits(reasons) := false if count(reasons) > 0

test_names_of_cases_are_unique if count({case.name | some case in _reason_cases}) == count(_reason_cases)

# Each case: what is changed in a permitted request, the reasons in order, the checks that no longer hold.
_reason_cases := array.concat(
	array.concat(_permitted_cases, _form_cases),
	array.concat(array.concat(_subject_cases, _label_cases), _upload_and_industry_cases),
)

_permitted_cases := [
	{"name": "no community on the label, ANY", "set": {"/resource/COI": [], "/resource/coiOperator": "ANY", "/subject/acpCOI": []}, "reasons": []},
	{"name": "as it is", "reasons": []},
	{"name": "download", "set": {"/action/operation": "download"}, "reasons": []},
	{"name": "decrypt", "set": {"/action/operation": "decrypt"}, "reasons": []},
	{"name": "clearance equals the label", "set": {"/subject/clearance": "CONFIDENTIAL"}, "reasons": []},
	{"name": "no community on the label", "set": {"/resource/COI": [], "/subject/acpCOI": []}, "reasons": []},
	{"name": "RESTRICTED by password alone", "set": {"/resource/classification": "RESTRICTED", "/context/amr": ["pwd"]}, "reasons": []},
	{"name": "second factor by acr alone", "set": {"/context/acr": "2", "/context/amr": []}, "reasons": []},
	{"name": "a factor of no known kind does not spoil two", "set": {"/context/amr": ["pwd", "otp", "mca"]}, "reasons": []},
	{"name": "embargo ends exactly now, clocks 300 s apart", "set": {"/resource/creationDate": "2026-06-01T12:05:00Z"}, "reasons": []},
	{"name": "another time zone", "set": {"/resource/creationDate": "2026-06-01T14:05:00+02:00"}, "reasons": []},
	{"name": "the binding was checked", "set": {"/resource/integrityValidated": true}, "reasons": []},
	{"name": "military", "set": {"/subject/organizationType": "MIL"}, "reasons": []},
	{"name": "own issuer's organisation is known", "set": {"/subject/issuer": "https://fra/realm"}, "reasons": []},
	{"name": "all attributes", "set": {"/resource/kasUrl": "https://kas", "/resource/releasableToIndustry": false}, "reasons": []},
	{
		"name": "a national clearance that is high enough",
		"set": {"/subject/clearanceOriginal": "SECRET DÉFENSE", "/subject/clearanceCountry": "FRA"},
		"reasons": [],
	},
	{
		"name": "a national label that is low enough",
		"set": {"/resource/originalClassification": "GEHEIM", "/resource/originalCountry": "DEU"},
		"reasons": [],
	},
]

_form_cases := [
	{"name": "communities of the subject as an object", "set": {"/subject/acpCOI": {"a": "NATO"}}, "reasons": ["subject_attribute_malformed"], "failed": ["required_attributes"]},
	{"name": "communities of the label as an object", "set": {"/resource/COI": {"a": "NATO"}}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "coi_satisfied", "coi_coherent"]},
	{"name": "a country that is a list", "set": {"/subject/countryOfAffiliation": ["FRA"]}, "reasons": ["subject_attribute_malformed", "country_not_releasable"], "failed": ["required_attributes", "federation_trusted", "country_releasable"]},
	{"name": "an operator that is a list", "set": {"/resource/coiOperator": ["ALL"]}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "coi_satisfied"]},
	{"name": "unknown operation", "set": {"/action/operation": "delete"}, "reasons": ["unknown_operation"], "failed": ["operation_known"]},
	{"name": "operation in capitals", "set": {"/action/operation": "READ"}, "reasons": ["unknown_operation"], "failed": ["operation_known"]},
	{
		"name": "no operation",
		"remove": ["/action/operation"],
		"reasons": ["unknown_operation", "action_attribute_missing"],
		"failed": ["operation_known", "required_attributes", "upload_releasability_valid"],
	},
	{
		"name": "an operation that is no text",
		"set": {"/action/operation": ["read"]},
		"reasons": ["unknown_operation", "action_attribute_malformed"],
		"failed": ["operation_known", "required_attributes", "upload_releasability_valid"],
	},
	{"name": "not authenticated", "set": {"/subject/authenticated": false}, "reasons": ["not_authenticated"], "failed": ["authenticated"]},
	{
		"name": "authenticated as a text",
		"set": {"/subject/authenticated": "true"},
		"reasons": ["not_authenticated", "subject_attribute_malformed"],
		"failed": ["authenticated", "required_attributes"],
	},
	{
		"name": "no uniqueID",
		"remove": ["/subject/uniqueID"],
		"reasons": ["subject_attribute_missing"],
		"failed": ["required_attributes"],
	},
	{
		"name": "blank uniqueID",
		"set": {"/subject/uniqueID": " "},
		"reasons": ["subject_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "null uniqueID",
		"set": {"/subject/uniqueID": null},
		"reasons": ["subject_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "no clearance",
		"remove": ["/subject/clearance"],
		"reasons": ["subject_attribute_missing"],
		"failed": ["required_attributes", "clearance_sufficient"],
	},
	{
		"name": "communities as a text",
		"set": {"/subject/acpCOI": "NATO"},
		"reasons": ["subject_attribute_malformed"],
		"failed": ["required_attributes", "coi_satisfied"],
	},
	{
		"name": "a community that is no text",
		"set": {"/subject/acpCOI": ["NATO", 5]},
		"reasons": ["subject_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "a subject that is a text",
		"set": {"/subject": "fra:analyst"},
		"reasons": ["not_authenticated", "subject_attribute_missing", "country_not_releasable"],
		"failed": [
			"authenticated",
			"required_attributes",
			"federation_trusted",
			"clearance_sufficient",
			"country_releasable",
			"coi_satisfied",
			"industry_access_allowed",
			"industry_clearance_cap_ok",
		],
	},
	{
		"name": "no resource id",
		"remove": ["/resource/resourceId"],
		"reasons": ["resource_attribute_missing"],
		"failed": ["required_attributes"],
	},
	{
		"name": "encrypted as a text",
		"set": {"/resource/encrypted": "false"},
		"reasons": ["resource_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "a creation date without a time",
		"set": {"/resource/creationDate": "2026-01-01"},
		"reasons": ["resource_attribute_malformed"],
		"failed": ["required_attributes", "embargo_passed"],
	},
	{
		"name": "no creation date",
		"remove": ["/resource/creationDate"],
		"reasons": ["resource_attribute_missing"],
		"failed": ["required_attributes", "embargo_passed"],
	},
	{
		"name": "no current time",
		"remove": ["/context/currentTime"],
		"reasons": ["context_attribute_missing"],
		"failed": ["required_attributes", "embargo_passed"],
	},
	{
		"name": "a current time that is none",
		"set": {"/context/currentTime": "now"},
		"reasons": ["context_attribute_malformed"],
		"failed": ["required_attributes", "embargo_passed"],
	},
	{
		"name": "no request id",
		"remove": ["/context/requestId"],
		"reasons": ["context_attribute_missing"],
		"failed": ["required_attributes"],
	},
	{
		"name": "acr as a number",
		"set": {"/context/acr": 2},
		"reasons": ["context_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "acr that is no level",
		"set": {"/context/acr": "22"},
		"reasons": ["context_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "acr as a word",
		"set": {"/context/acr": "gold"},
		"reasons": ["context_attribute_malformed"],
		"failed": ["required_attributes", "authentication_strength_sufficient", "mfa_verified"],
	},
	{
		"name": "amr as a text",
		"set": {"/context/amr": "pwd otp"},
		"reasons": ["context_attribute_malformed", "authentication_insufficient"],
		"failed": ["required_attributes", "authentication_strength_sufficient", "mfa_verified"],
	},
	{
		"name": "an optional attribute of the wrong kind",
		"set": {"/resource/releasableToIndustry": "yes"},
		"reasons": ["resource_attribute_malformed"],
		"failed": ["required_attributes"],
	},
	{
		"name": "an optional attribute that is null",
		"set": {"/subject/clearanceCountry": null, "/subject/clearanceOriginal": null},
		"reasons": ["subject_attribute_malformed"],
		"failed": ["required_attributes", "clearance_sufficient"],
	},
	{
		"name": "a national clearance without its nation",
		"set": {"/subject/clearanceOriginal": "SECRET"},
		"reasons": ["subject_attribute_missing"],
		"failed": ["required_attributes", "clearance_sufficient"],
	},
	{
		"name": "a nation without its clearance",
		"set": {"/subject/clearanceCountry": "FRA"},
		"reasons": ["subject_attribute_missing"],
		"failed": ["required_attributes", "clearance_sufficient"],
	},
	{
		"name": "a national label without its nation",
		"set": {"/resource/originalClassification": "SECRET"},
		"reasons": ["resource_attribute_missing"],
		"failed": ["required_attributes", "clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"],
	},
	{
		"name": "a nation without its label",
		"set": {"/resource/originalCountry": "FRA"},
		"reasons": ["resource_attribute_missing"],
		"failed": ["required_attributes", "clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"],
	},
	{
		"name": "an organisation that neither token nor issuer names",
		"set": {"/subject/issuer": "https://gbr/realm", "/subject/countryOfAffiliation": "GBR", "/resource/releasabilityTo": ["GBR"]},
		"reasons": ["subject_attribute_missing"],
		"failed": ["required_attributes", "industry_access_allowed", "industry_clearance_cap_ok"],
	},
]

_subject_cases := [
	{"name": "an issuer nobody knows", "set": {"/subject/issuer": "https://evil/realm"}, "reasons": ["issuer_not_trusted"], "failed": ["federation_trusted", "industry_access_allowed", "industry_clearance_cap_ok"]},
	{"name": "no issuer", "remove": ["/subject/issuer"], "reasons": ["subject_attribute_missing"], "failed": ["required_attributes", "federation_trusted", "industry_access_allowed", "industry_clearance_cap_ok"]},
	{"name": "an issuer that speaks for another country", "set": {"/subject/issuer": "https://fra/realm", "/subject/countryOfAffiliation": "USA"}, "reasons": ["country_not_asserted_by_issuer"], "failed": ["federation_trusted"]},
	{"name": "a country that the instance is not federated with", "set": {"/subject/countryOfAffiliation": "DEU", "/resource/releasabilityTo": ["DEU"]}, "reasons": ["country_not_federated"], "failed": ["federation_trusted"]},
	{"name": "a country that does not exist", "set": {"/subject/countryOfAffiliation": "XXX"}, "reasons": ["country_not_asserted_by_issuer", "country_not_federated", "unknown_country", "country_not_releasable"], "failed": ["federation_trusted", "country_releasable"]},
	{"name": "a country in lower case", "set": {"/subject/countryOfAffiliation": "fra"}, "reasons": ["country_not_asserted_by_issuer", "country_not_federated", "unknown_country", "country_not_releasable"], "failed": ["federation_trusted", "country_releasable"]},
	{"name": "no country", "remove": ["/subject/countryOfAffiliation"], "reasons": ["subject_attribute_missing", "country_not_releasable"], "failed": ["required_attributes", "federation_trusted", "country_releasable"]},
	{"name": "clearance in lower case", "set": {"/subject/clearance": "secret"}, "reasons": ["unknown_clearance"], "failed": ["clearance_sufficient"]},
	{"name": "clearance too low", "set": {"/subject/clearance": "RESTRICTED"}, "reasons": ["clearance_insufficient"], "failed": ["clearance_sufficient"]},
	{"name": "a nation without a table", "set": {"/subject/clearanceOriginal": "SECRET", "/subject/clearanceCountry": "CAN"}, "reasons": ["no_equivalence_table"], "failed": ["clearance_sufficient"]},
	{"name": "a national clearance that its table lacks", "set": {"/subject/clearanceOriginal": "secret", "/subject/clearanceCountry": "FRA"}, "reasons": ["unknown_national_value"], "failed": ["clearance_sufficient"]},
	{"name": "a national clearance that is worth less than what the token states", "set": {"/subject/clearanceOriginal": "DIFFUSION RESTREINTE", "/subject/clearanceCountry": "FRA"}, "reasons": ["clearance_insufficient"], "failed": ["clearance_sufficient"]},
	{"name": "a national clearance does not raise what the token states", "set": {"/subject/clearance": "RESTRICTED", "/subject/clearanceOriginal": "TRÈS SECRET", "/subject/clearanceCountry": "FRA"}, "reasons": ["clearance_insufficient"], "failed": ["clearance_sufficient"]},
	{"name": "one factor", "set": {"/context/amr": ["pwd"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "two factors of one kind", "set": {"/context/amr": ["pwd", "pin"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "one factor twice", "set": {"/context/amr": ["pwd", "pwd"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "any two words are not two factors", "set": {"/context/amr": ["foo", "bar"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "the claim of many factors is none", "set": {"/context/amr": ["pwd", "mfa"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "no factor at all, not even for UNCLASSIFIED", "set": {"/resource/classification": "UNCLASSIFIED", "/context/acr": "0", "/context/amr": []}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "one factor shown by amr alone", "set": {"/resource/classification": "UNCLASSIFIED", "/context/acr": "0", "/context/amr": ["pwd"]}, "reasons": []},
	{"name": "an instance that wants hardware", "set": {"/resource/classification": "TOP_SECRET", "/subject/clearance": "TOP_SECRET"}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient"]},
	{"name": "hardware", "set": {"/resource/classification": "TOP_SECRET", "/subject/clearance": "TOP_SECRET", "/context/amr": ["pwd", "hwk"]}, "reasons": []},
	{"name": "hardware alone is one factor", "set": {"/resource/classification": "TOP_SECRET", "/subject/clearance": "TOP_SECRET", "/context/amr": ["hwk"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
]

_label_cases := [
	{"name": "a classification that does not exist", "set": {"/resource/classification": "COSMIC"}, "reasons": ["unknown_classification"], "failed": ["clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"]},
	{"name": "no classification", "remove": ["/resource/classification"], "reasons": ["resource_attribute_missing"], "failed": ["required_attributes", "clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"]},
	{"name": "a label of a nation without a table", "set": {"/resource/originalClassification": "SECRET", "/resource/originalCountry": "CAN"}, "reasons": ["no_equivalence_table"], "failed": ["clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"]},
	{"name": "a national label that its table lacks", "set": {"/resource/originalClassification": "OFFEN", "/resource/originalCountry": "DEU"}, "reasons": ["unknown_national_value"], "failed": ["clearance_sufficient", "authentication_strength_sufficient", "mfa_verified"]},
	{"name": "a national label above what the coalition's says", "set": {"/resource/originalClassification": "STRENG GEHEIM", "/resource/originalCountry": "DEU"}, "reasons": ["clearance_insufficient", "authentication_insufficient"], "failed": ["clearance_sufficient", "authentication_strength_sufficient"]},
	{"name": "a national label below what the coalition's says", "set": {"/resource/classification": "TOP_SECRET", "/resource/originalClassification": "VS-VERTRAULICH", "/resource/originalCountry": "DEU"}, "reasons": ["clearance_insufficient", "authentication_insufficient"], "failed": ["clearance_sufficient", "authentication_strength_sufficient"]},
	{"name": "releasable to nobody", "set": {"/resource/releasabilityTo": []}, "reasons": ["releasable_to_nobody"], "failed": ["country_releasable"]},
	{"name": "no releasability", "remove": ["/resource/releasabilityTo"], "reasons": ["resource_attribute_missing"], "failed": ["required_attributes", "country_releasable"]},
	{"name": "releasability as a text", "set": {"/resource/releasabilityTo": "FRA"}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "country_releasable"]},
	{"name": "one code that does not exist beside the own", "set": {"/resource/releasabilityTo": ["FRA", "NATO"]}, "reasons": ["invalid_releasability"], "failed": ["country_releasable"]},
	{"name": "an alpha-2 code", "set": {"/resource/releasabilityTo": ["FRA", "US"]}, "reasons": ["invalid_releasability"], "failed": ["country_releasable"]},
	{"name": "releasable to others", "set": {"/resource/releasabilityTo": ["USA"]}, "reasons": ["country_not_releasable"], "failed": ["country_releasable"]},
	{"name": "operator in lower case", "set": {"/resource/coiOperator": "any"}, "reasons": ["unknown_coi_operator"], "failed": ["coi_satisfied"]},
	{"name": "unknown operator without communities", "set": {"/resource/coiOperator": "NONE", "/resource/COI": []}, "reasons": ["unknown_coi_operator"], "failed": ["coi_satisfied"]},
	{"name": "no operator", "remove": ["/resource/coiOperator"], "reasons": ["resource_attribute_missing"], "failed": ["required_attributes", "coi_satisfied"]},
	{"name": "no COI", "remove": ["/resource/COI"], "reasons": ["resource_attribute_missing"], "failed": ["required_attributes", "coi_satisfied", "coi_coherent"]},
	{"name": "COI as a text", "set": {"/resource/COI": "NATO"}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "coi_satisfied", "coi_coherent"]},
	{"name": "a community nobody knows, ALL", "set": {"/resource/COI": ["SECRET-CLUB"], "/subject/acpCOI": ["SECRET-CLUB"]}, "reasons": ["unknown_coi", "coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "a community nobody knows, ANY", "set": {"/resource/COI": ["NATO", "SECRET-CLUB"], "/resource/coiOperator": "ANY"}, "reasons": ["unknown_coi", "coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "a subject without communities, ALL", "set": {"/subject/acpCOI": []}, "reasons": ["coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "a subject without communities, ANY", "set": {"/subject/acpCOI": [], "/resource/coiOperator": "ANY"}, "reasons": ["coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "ALL wants all", "set": {"/resource/COI": ["NATO", "FVEY"]}, "reasons": ["coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "all for ALL", "set": {"/resource/COI": ["NATO", "FVEY"], "/subject/acpCOI": ["FVEY", "QUAD", "NATO"]}, "reasons": []},
	{"name": "ANY wants one", "set": {"/resource/COI": ["NATO", "FVEY"], "/resource/coiOperator": "ANY"}, "reasons": []},
	{"name": "none for ANY", "set": {"/resource/COI": ["QUAD", "FVEY"], "/resource/coiOperator": "ANY"}, "reasons": ["coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "a community that must be alone", "set": {"/resource/COI": ["US-ONLY", "NATO"], "/subject/acpCOI": ["US-ONLY", "NATO"], "/resource/releasabilityTo": ["USA"], "/subject/countryOfAffiliation": "USA"}, "reasons": ["coi_incoherent"], "failed": ["coi_coherent"]},
	{"name": "a national community, alone and for its nation", "set": {"/resource/COI": ["US-ONLY"], "/subject/acpCOI": ["US-ONLY", "NATO"], "/resource/releasabilityTo": ["USA"], "/subject/countryOfAffiliation": "USA"}, "reasons": []},
	{"name": "a national community for others", "set": {"/resource/COI": ["US-ONLY"], "/subject/acpCOI": ["US-ONLY"]}, "reasons": ["coi_incoherent"], "failed": ["coi_coherent"]},
	{"name": "communities that exclude each other", "set": {"/resource/COI": ["NATO-COSMIC", "EU-RESTRICTED"], "/subject/acpCOI": ["NATO-COSMIC", "EU-RESTRICTED"]}, "reasons": ["coi_incoherent"], "failed": ["coi_coherent"]},
	{"name": "a part and its whole under ANY", "set": {"/resource/COI": ["NATO", "NATO-COSMIC"], "/resource/coiOperator": "ANY"}, "reasons": ["coi_incoherent"], "failed": ["coi_coherent"]},
	{"name": "a part and its whole under ALL", "set": {"/resource/COI": ["NATO", "NATO-COSMIC"], "/subject/acpCOI": ["NATO", "NATO-COSMIC"]}, "reasons": []},
	{"name": "embargoed by one second", "set": {"/resource/creationDate": "2026-06-01T12:05:01Z"}, "reasons": ["embargoed"], "failed": ["embargo_passed"]},
	{"name": "embargoed by one nanosecond", "set": {"/resource/creationDate": "2026-06-01T12:05:00.000000001Z"}, "reasons": ["embargoed"], "failed": ["embargo_passed"]},
	{"name": "a year that no clock has", "set": {"/resource/creationDate": "9999-01-01T00:00:00Z"}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "embargo_passed"]},
	{"name": "the binding was broken", "set": {"/resource/integrityValidated": false}, "reasons": ["integrity_not_valid"], "failed": ["ztdf_integrity_valid"]},
	{"name": "the binding as a text", "set": {"/resource/integrityValidated": "yes"}, "reasons": ["resource_attribute_malformed"], "failed": ["required_attributes", "ztdf_integrity_valid"]},
]

_upload_and_industry_cases := [
	{"name": "industry in lower case, label for industry", "set": {"/subject/organizationType": "industry", "/resource/releasableToIndustry": true}, "reasons": ["unknown_organization_type"], "failed": ["industry_access_allowed", "industry_clearance_cap_ok"]},
	{"name": "upload", "set": {"/action/operation": "upload"}, "reasons": []},
	{"name": "upload of what is embargoed", "set": {"/action/operation": "upload", "/resource/creationDate": "2030-01-01T00:00:00Z"}, "reasons": []},
	{"name": "upload that the own country could not read", "set": {"/action/operation": "upload", "/resource/releasabilityTo": ["USA"]}, "reasons": ["upload_not_releasable_to_own_country"], "failed": ["upload_releasability_valid", "country_releasable"]},
	{"name": "upload for nobody", "set": {"/action/operation": "upload", "/resource/releasabilityTo": []}, "reasons": ["releasable_to_nobody"], "failed": ["upload_releasability_valid", "country_releasable"]},
	{"name": "upload above the own clearance", "set": {"/action/operation": "upload", "/subject/clearance": "RESTRICTED"}, "reasons": ["clearance_insufficient"], "failed": ["clearance_sufficient"]},
	{"name": "upload without second factor", "set": {"/action/operation": "upload", "/context/amr": ["pwd"]}, "reasons": ["authentication_insufficient"], "failed": ["authentication_strength_sufficient", "mfa_verified"]},
	{"name": "upload for a community of others", "set": {"/action/operation": "upload", "/resource/COI": ["FVEY"]}, "reasons": ["coi_not_satisfied"], "failed": ["coi_satisfied"]},
	{"name": "industry, label for industry, at the cap", "set": {"/subject/organizationType": "INDUSTRY", "/resource/releasableToIndustry": true}, "reasons": []},
	{"name": "industry, label silent", "set": {"/subject/organizationType": "INDUSTRY"}, "reasons": ["not_releasable_to_industry"], "failed": ["industry_access_allowed"]},
	{"name": "industry, label not for industry", "set": {"/subject/organizationType": "INDUSTRY", "/resource/releasableToIndustry": false}, "reasons": ["not_releasable_to_industry"], "failed": ["industry_access_allowed"]},
	{"name": "industry above the cap", "set": {"/subject/organizationType": "INDUSTRY", "/resource/releasableToIndustry": true, "/resource/classification": "SECRET"}, "reasons": ["industry_cap_exceeded"], "failed": ["industry_clearance_cap_ok"]},
	{"name": "industry above the cap by the national label", "set": {"/subject/organizationType": "INDUSTRY", "/resource/releasableToIndustry": true, "/resource/originalClassification": "GEHEIM", "/resource/originalCountry": "DEU"}, "reasons": ["industry_cap_exceeded"], "failed": ["industry_clearance_cap_ok"]},
	{"name": "industry of a country without a cap", "set": {"/subject/organizationType": "INDUSTRY", "/resource/releasableToIndustry": true, "/subject/countryOfAffiliation": "DEU", "/subject/issuer": "https://usa/realm", "/resource/releasabilityTo": ["DEU"], "/resource/classification": "SECRET"}, "reasons": ["country_not_federated", "industry_cap_exceeded"], "failed": ["federation_trusted", "industry_clearance_cap_ok"]},
	{"name": "industry in lower case", "set": {"/subject/organizationType": "industry"}, "reasons": ["unknown_organization_type"], "failed": ["industry_access_allowed", "industry_clearance_cap_ok"]},
	{"name": "an organisation that is no text", "set": {"/subject/organizationType": 1}, "reasons": ["subject_attribute_malformed"], "failed": ["required_attributes", "industry_access_allowed", "industry_clearance_cap_ok"]},
]
