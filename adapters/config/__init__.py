"""What operators set: variables, secrets and BRANDS_FILE."""
