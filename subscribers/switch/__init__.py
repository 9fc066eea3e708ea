"""The switch engine: saves the desired state of subscribers, applies it to the switch and compares them every night.

Other packages use the modules `provisioning`, `jobs`, `comparison`, `sip_passwords` and `sip_rotation`. The others
are internal (`pyproject.toml`).
"""
