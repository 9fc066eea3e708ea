"""The switch engine: saves the desired state of subscribers, applies it to the switch and compares them every night.

Other packages use the modules `provisioning`, `jobs`, `comparison`, `sip_passwords` and `sip_rotation`, and `live` and
`diagnosis` for what the switch itself knows. The others are internal (`pyproject.toml`).
"""
