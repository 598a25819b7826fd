"""What the gateway knows without touching the world: candidates, replies, decisions and every text an owner reads."""
