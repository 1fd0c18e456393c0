# METADATA
# title: Access decisions
# description: |
#   What a policy enforcement point asks for, and all it gets: `POST /v1/data/dive/authz` answers with this package's one rule.
#   `docs/policy.md` has the input, the reasons and their order.
package dive.authz

# METADATA
# description: The answer for the caller. Anything but `allow` being true is a denial.
# entrypoint: true
decision := data.dive.rules.decision
