"""Money and books: prices, budget, the ledger of a journal, sums, compaction, summaries of runs."""
