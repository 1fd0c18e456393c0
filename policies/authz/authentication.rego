package dive.rules

# METADATA
# description: |
#   How strongly the subject signed in: 1 is one factor, 2 two different factors, 3 two of them with one in hardware.
#   The higher one of what the context class (acr) and the methods (amr) say.
authentication_level := max([to_number(input.context.acr), _methods_level])

# METADATA
# description: |
#   The level that the resource needs: the stricter one of the coalition's table and the instance's, which therefore can only
#   tighten.
required_authentication_level := max([
	data.tables.authentication.required[classification],
	object.get(data.tables.instance.authentication, classification, 0),
]) if {
	classification := data.tables.levels.name[effective_classification]
}

# METADATA
# description: The different kinds of factors among the methods. A method that the table does not know is none.
factors contains data.tables.authentication.factors[method] if some method in input.context.amr

default _methods_level := 0

_methods_level := 1 if count(factors) == 1

_methods_level := 2 if {
	count(factors) > 1
	not _hardware_used
}

_methods_level := 3 if {
	count(factors) > 1
	_hardware_used
}

_hardware_used if {
	some method in input.context.amr
	data.tables.authentication.hardware[method]
}

default authentication_strength_sufficient := false

authentication_strength_sufficient if authentication_level >= required_authentication_level

default mfa_verified := false

mfa_verified if authentication_level >= min([2, required_authentication_level])
