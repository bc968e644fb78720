"""What Step 8 can do, measured: ``make bench``. One small program for each row of the table in results.md."""
