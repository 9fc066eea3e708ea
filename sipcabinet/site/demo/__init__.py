"""The demo operator: a catalogue, four customers and months of calls, made anew from a seed and today's date."""
