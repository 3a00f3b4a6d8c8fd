"""Importing cards from spreadsheets (rule X1): columns, values, the plan of each row, and the batches."""
