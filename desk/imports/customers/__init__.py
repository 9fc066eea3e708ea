"""Customers, accounts, numbers and opening balances from one file (4.11): a row is a number, or an account without one.

`columns` describes the file, `known` what is there already, `judging` what a row would do, `writing` does it, `runs`
goes through the rows, `loads` does so in the background with a report.
"""
