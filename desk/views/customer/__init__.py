"""The customer's page, and the pages of its actions: each shows what will happen before the click."""
