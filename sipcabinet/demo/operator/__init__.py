"""The demo operator: a catalogue, four customers and months of calls, generated from a seed and today's date."""
