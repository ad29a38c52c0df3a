"""Resource counts of the templates for the cost model. `ci/template_assertions.py` compares them with the templates."""

# Resources of template.yaml. Gradual deployments add one alarm for each function whose traffic shifts. One secret belongs to
# the app client of the stack.
ALARMS, GRADUAL_ALARMS, SECRETS = 8, 3, 2

# Resources of deploy/edge.yaml. The secret and its replica in the region of the API are billed separately.
EDGE_SECRETS, EDGE_RULES = 2, 4
