"""Who is connected: people's own grants by OAuth, the accounts of a tenant, and what each connection may do.

Start at ``connections.Connections``. Extend by a module with one decision; nothing here renders a page.
"""
