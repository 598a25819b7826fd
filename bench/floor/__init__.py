"""What the gateway is held against, and its worker: workflows of the same shape without the gateway."""
