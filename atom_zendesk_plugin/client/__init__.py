"""One way to talk to Zendesk: transport, retry, pacing, pagination, resources; start at ``api.build_client``.

Nothing is imported here, so that ``querytext`` or ``limits`` can be used without the HTTP package.
"""
