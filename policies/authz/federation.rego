package dive.rules

# METADATA
# description: What this instance knows of the token's issuer; undefined when it does not trust it.
issuer := data.tables.instance.issuers[input.subject.issuer]

# METADATA
# description: Whether the issuer may speak for the subject's country, its own or a partner's that signs in through it.
issuer_asserts_country if issuer.countries[input.subject.countryOfAffiliation]

# METADATA
# description: Whether this instance is federated with the subject's country; it is with its own.
country_federated if data.tables.instance.matrix[data.tables.instance.code][input.subject.countryOfAffiliation]

default federation_trusted := false

federation_trusted if {
	issuer_asserts_country
	country_federated
}
