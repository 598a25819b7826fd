"""What operators configure: variables, secrets and BRANDS_FILE."""
