"""From words and YAML to settings: composing, overrides, expansion, secrets."""
