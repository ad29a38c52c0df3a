"""Resource counts of the templates for the cost model. `ci/template_assertions.py` compares them with the templates."""

# Resources of template.yaml. Gradual deployments add one alarm for each function.
ALARMS, FUNCTIONS, SECRETS = 8, 21, 1

# Resources of deploy/edge.yaml. The secret and its replica in the region of the API are billed separately.
EDGE_SECRETS, EDGE_RULES = 2, 4
