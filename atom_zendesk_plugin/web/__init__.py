"""The HTTP surface: routes, the OpenAPI document and the pages. Start at ``blueprint.build_blueprints``."""
