"""The chaos run: candidates and replies flow, processes are killed, providers fail; then everything is reconciled."""
