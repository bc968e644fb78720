"""Data files: JSON5 and JavaScript literals as plain values, never executed."""
