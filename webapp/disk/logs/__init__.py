"""Append-only files of a project: the journal and its ledger, activity, webhook deliveries."""
