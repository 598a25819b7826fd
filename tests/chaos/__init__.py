"""The chaos run: it kills processes and makes providers fail while candidates and replies flow.

At the end it compares all records.
"""
