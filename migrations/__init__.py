"""The history of the plugin's own tables; shipped as ``atom_zendesk_plugin.migrations`` and run by ``atom-zendesk db``."""
