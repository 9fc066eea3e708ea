"""The portal's database engine (the ENGINE of the settings): Django's own for PostgreSQL."""
